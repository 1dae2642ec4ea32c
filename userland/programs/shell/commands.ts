/** The commands by name, each with the line that help shows. */
import { ticks } from '../../runtime/clock';
import { Arguments } from './arguments';
import { complainAbout, NOT_FOUND, SUCCESS, usage } from './errors';
import { cat, ls } from './file-commands';
import { crash, ping, ps } from './service-commands';
import { power, terminal } from './services';
import { endLine, flush, out } from './terminal';

type Command = (line: Arguments) => i32;

const NAMES: StaticArray<string> = [
  'cat',
  'crash',
  'echo',
  'help',
  'ls',
  'ping',
  'poweroff',
  'ps',
  'uptime',
];
const SUMMARIES: StaticArray<string> = [
  'cat FILE...           write files',
  'crash SERVER          make a server dereference null; see what becomes of it',
  'echo [WORD...]        write words',
  'help                  this list',
  'ls [PATH]             what is in a folder; /svc has the services',
  'ping SERVER [COUNT]   time calls to a server and back, in cycles',
  'poweroff              switch the machine off',
  'ps                    the services: state, restarts, memory, time',
  'uptime                how long the machine has been on',
];
const COMMANDS: StaticArray<Command> = [cat, crash, echo, help, ls, ping, poweroff, ps, uptime];

/** Runs a command line of at least one word; returns its status. */
export function run(line: Arguments): i32 {
  for (let i = 0; i < NAMES.length; i++) {
    if (line.is(0, NAMES[i])) return COMMANDS[i](line);
  }
  out.bytes(line.address(0), line.length(0)).text(': no such command; help lists them');
  endLine();
  return NOT_FOUND;
}

function help(line: Arguments): i32 {
  for (let i = 0; i < SUMMARIES.length; i++) {
    out.text(SUMMARIES[i]);
    endLine();
  }
  return SUCCESS;
}

function echo(line: Arguments): i32 {
  for (let i: u32 = 1; i < line.count; i++) {
    if (i > 1) out.text(' ');
    out.bytes(line.address(i), line.length(i));
  }
  endLine();
  return SUCCESS;
}

function uptime(line: Arguments): i32 {
  out.text('up ').seconds(ticks()).text(' s');
  endLine();
  return SUCCESS;
}

/** Switches off once everything written has left the terminal's line. */
function poweroff(line: Arguments): i32 {
  if (line.count > 1) return usage('poweroff');
  flush();
  terminal().drain();
  const error = power().off(0);
  return complainAbout('poweroff', '/svc/power', error);
}
