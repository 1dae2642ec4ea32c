/* The same as sha256.ts. */
typedef unsigned u32;

static const u32 ROUND_CONSTANTS[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 rotr(u32 x, int by) { return x >> by | x << (32 - by); }

static u32 big_endian(u32 x) { return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24; }

u32 sha256_raw(u32 *words, u32 *schedule, u32 *state, u32 n) {
  state[0] = 0x6a09e667;
  state[1] = 0xbb67ae85;
  state[2] = 0x3c6ef372;
  state[3] = 0xa54ff53a;
  state[4] = 0x510e527f;
  state[5] = 0x9b05688c;
  state[6] = 0x1f83d9ab;
  state[7] = 0x5be0cd19;
  for (u32 *block = words; block < words + n / 4; block += 16) {
    for (u32 t = 0; t < 16; t++) schedule[t] = big_endian(block[t]);
    for (u32 t = 16; t < 64; t++) {
      u32 w15 = schedule[t - 15];
      u32 w2 = schedule[t - 2];
      u32 s0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >> 3);
      u32 s1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >> 10);
      schedule[t] = schedule[t - 16] + s0 + schedule[t - 7] + s1;
    }
    u32 h0 = state[0], h1 = state[1], h2 = state[2], h3 = state[3];
    u32 h4 = state[4], h5 = state[5], h6 = state[6], h7 = state[7];
    for (u32 t = 0; t < 64; t++) {
      u32 S1 = rotr(h4, 6) ^ rotr(h4, 11) ^ rotr(h4, 25);
      u32 choice = (h4 & h5) ^ (~h4 & h6);
      u32 t1 = h7 + S1 + choice + ROUND_CONSTANTS[t] + schedule[t];
      u32 S0 = rotr(h0, 2) ^ rotr(h0, 13) ^ rotr(h0, 22);
      u32 majority = (h0 & h1) ^ (h0 & h2) ^ (h1 & h2);
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

u32 sha256_checked(u32 *words, u32 *schedule, u32 *state, u32 n) {
  return sha256_raw(words, schedule, state, n);
}
