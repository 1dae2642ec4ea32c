/** SHA-256 (FIPS 180-4) over whole blocks of 64 bytes; padding is left out. */

// prettier-ignore
const ROUND_CONSTANTS: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
const ROUNDS: u32 = 64;
const BLOCK_BYTES: u32 = 64;

function initialise(state: u32): void {
  store<u32>(state, 0x6a09e667, 0);
  store<u32>(state, 0xbb67ae85, 4);
  store<u32>(state, 0x3c6ef372, 8);
  store<u32>(state, 0xa54ff53a, 12);
  store<u32>(state, 0x510e527f, 16);
  store<u32>(state, 0x9b05688c, 20);
  store<u32>(state, 0x1f83d9ab, 24);
  store<u32>(state, 0x5be0cd19, 28);
}

function bigEndian(word: u32): u32 {
  return bswap<u32>(word);
}

export function sha256_raw(a: u32, b: u32, c: u32, n: u32): u32 {
  initialise(c);
  const constants = changetype<u32>(ROUND_CONSTANTS);
  for (let block = a; block < a + n; block += BLOCK_BYTES) {
    for (let t: u32 = 0; t < 16; t++)
      store<u32>(b + (t << 2), bigEndian(load<u32>(block + (t << 2))));
    for (let t: u32 = 16; t < ROUNDS; t++) {
      const w15 = load<u32>(b + ((t - 15) << 2));
      const w2 = load<u32>(b + ((t - 2) << 2));
      const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3);
      const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10);
      const word = load<u32>(b + ((t - 16) << 2)) + s0 + load<u32>(b + ((t - 7) << 2)) + s1;
      store<u32>(b + (t << 2), word);
    }
    let h0 = load<u32>(c, 0);
    let h1 = load<u32>(c, 4);
    let h2 = load<u32>(c, 8);
    let h3 = load<u32>(c, 12);
    let h4 = load<u32>(c, 16);
    let h5 = load<u32>(c, 20);
    let h6 = load<u32>(c, 24);
    let h7 = load<u32>(c, 28);
    for (let t: u32 = 0; t < ROUNDS; t++) {
      const S1 = rotr<u32>(h4, 6) ^ rotr<u32>(h4, 11) ^ rotr<u32>(h4, 25);
      const choice = (h4 & h5) ^ (~h4 & h6);
      const t1 = h7 + S1 + choice + load<u32>(constants + (t << 2)) + load<u32>(b + (t << 2));
      const S0 = rotr<u32>(h0, 2) ^ rotr<u32>(h0, 13) ^ rotr<u32>(h0, 22);
      const majority = (h0 & h1) ^ (h0 & h2) ^ (h1 & h2);
      h7 = h6;
      h6 = h5;
      h5 = h4;
      h4 = h3 + t1;
      h3 = h2;
      h2 = h1;
      h1 = h0;
      h0 = t1 + S0 + majority;
    }
    store<u32>(c, load<u32>(c, 0) + h0, 0);
    store<u32>(c, load<u32>(c, 4) + h1, 4);
    store<u32>(c, load<u32>(c, 8) + h2, 8);
    store<u32>(c, load<u32>(c, 12) + h3, 12);
    store<u32>(c, load<u32>(c, 16) + h4, 16);
    store<u32>(c, load<u32>(c, 20) + h5, 20);
    store<u32>(c, load<u32>(c, 24) + h6, 24);
    store<u32>(c, load<u32>(c, 28) + h7, 28);
  }
  return load<u32>(c);
}

export function sha256_checked(a: u32, b: u32, c: u32, n: u32): u32 {
  initialise(c);
  const words = changetype<StaticArray<u32>>(a);
  const schedule = changetype<StaticArray<u32>>(b);
  const state = changetype<StaticArray<u32>>(c);
  for (let block: u32 = 0; block < n / 4; block += BLOCK_BYTES / 4) {
    for (let t: u32 = 0; t < 16; t++) schedule[t] = bigEndian(words[block + t]);
    for (let t: u32 = 16; t < ROUNDS; t++) {
      const w15 = schedule[t - 15];
      const w2 = schedule[t - 2];
      const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3);
      const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10);
      schedule[t] = schedule[t - 16] + s0 + schedule[t - 7] + s1;
    }
    let h0 = state[0];
    let h1 = state[1];
    let h2 = state[2];
    let h3 = state[3];
    let h4 = state[4];
    let h5 = state[5];
    let h6 = state[6];
    let h7 = state[7];
    for (let t: u32 = 0; t < ROUNDS; t++) {
      const S1 = rotr<u32>(h4, 6) ^ rotr<u32>(h4, 11) ^ rotr<u32>(h4, 25);
      const choice = (h4 & h5) ^ (~h4 & h6);
      const t1 = h7 + S1 + choice + ROUND_CONSTANTS[t] + schedule[t];
      const S0 = rotr<u32>(h0, 2) ^ rotr<u32>(h0, 13) ^ rotr<u32>(h0, 22);
      const majority = (h0 & h1) ^ (h0 & h2) ^ (h1 & h2);
      h7 = h6;
      h6 = h5;
      h5 = h4;
      h4 = h3 + t1;
      h3 = h2;
      h2 = h1;
      h1 = h0;
      h0 = t1 + S0 + majority;
    }
    state[0] += h0;
    state[1] += h1;
    state[2] += h2;
    state[3] += h3;
    state[4] += h4;
    state[5] += h5;
    state[6] += h6;
    state[7] += h7;
  }
  return state[0];
}
