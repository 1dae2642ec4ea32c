/** ping SERVER [COUNT]: times calls to a server and back. */
import { Errno } from '../../abi/errno.enums';
import { csrr_cycle } from '../../abi/rv';
import { ServerClient } from 'stubs/server';
import { parseDecimal } from '../../runtime/bytes';
import { argument, argumentCount } from '../../runtime/program/data-page';
import { complain, fail, SUCCESS, usage } from '../../runtime/program/errors';
import { endLine, out } from '../../runtime/program/output';
import { findService, servicePath } from '../../runtime/program/services';

const DEFAULT_ROUNDS: u32 = 100;
const MOST_ROUNDS: u32 = 1000;
const samples = memory.data(<i32>MOST_ROUNDS * 4, 4);

export function main(): i32 {
  if (argumentCount() < 2 || argumentCount() > 3) return usage('ping SERVER [COUNT]');
  let rounds = DEFAULT_ROUNDS;
  if (argumentCount() == 3) {
    const count = parseDecimal(argument(2).address, argument(2).length);
    if (count < 1 || count > <i64>MOST_ROUNDS) return fail('COUNT is a number from 1 to 1000');
    rounds = <u32>count;
  }
  const name = argument(1);
  servicePath(name.address, name.length);
  const endpoint = findService();
  if (endpoint < 0) return complain(name.address, name.length, <i32>endpoint);
  const server = ServerClient.at(<u32>endpoint);
  for (let i: u32 = 0; i < rounds; i++) {
    const before = csrr_cycle();
    const answer = server.ping(i);
    store<u32>(samples + <usize>i * 4, csrr_cycle() - before);
    if (answer == <i64>i + 1) continue;
    return complain(name.address, name.length, answer < 0 ? <i32>answer : -Errno.EIO);
  }
  show(rounds);
  return SUCCESS;
}

/** How the samples are distributed: a mean would tell of the one that the timer interrupted. */
function show(rounds: u32): void {
  sortSamples(rounds);
  out.bytes(argument(1).address, argument(1).length).text(': ').decimal(rounds);
  out.text(rounds == 1 ? ' round trip, ' : ' round trips, ');
  out.text('minimum ').decimal(sample(0));
  out.text(', median ').decimal(sample(rounds / 2));
  out.text(', maximum ').decimal(sample(rounds - 1));
  out.text(' cycles');
  endLine();
}

function sample(index: u32): u32 {
  return load<u32>(samples + <usize>index * 4);
}

/** By insertion: the samples are few, and most are alike. */
function sortSamples(count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const value = sample(i);
    let place = i;
    while (place > 0 && sample(place - 1) > value) {
      store<u32>(samples + <usize>place * 4, sample(place - 1));
      place -= 1;
    }
    store<u32>(samples + <usize>place * 4, value);
  }
}
