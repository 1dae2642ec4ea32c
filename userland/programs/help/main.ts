/** help: the commands there are. */
import { SUCCESS } from '../../runtime/program/errors';
import { endLine, out } from '../../runtime/program/output';

const SUMMARIES: StaticArray<string> = [
  'bench                 what kernels are compared by; `vitrine compare` counts it',
  'cat [FILE...]         write files, or what is read',
  'cd [FOLDER]           go to a folder',
  'cp FROM TO            copy a file',
  'crash SERVER          make a server dereference null; see what becomes of it',
  'crash -KIND           do what a program must not: -null, -divide, -abort, -code',
  'crash -file PATH      make the server of an open file dereference null',
  'echo [WORD...]        write words',
  'exit [STATUS]         leave the shell',
  'false                 do nothing, and fail',
  'grep TEXT [FILE...]   lines with TEXT; -v without, -n numbered, -c counted',
  'head [FILE...]        the first lines; -n COUNT says how many',
  'help                  this list',
  'hexdump [FILE]        bytes in hexadecimal',
  'kill PROCESS...       end programs; -SIGNAL says how',
  'ls [PATH...]          what is in a folder; -l with sizes; /svc has the services',
  'mandelbrot            draw the Mandelbrot set; TURNS and ZOOM may follow',
  'mkdir FOLDER...       make folders; /tmp can be written',
  'ping SERVER [COUNT]   time calls to a server and back, in cycles',
  'poweroff              switch the machine off',
  'ps                    services and programs: state, restarts, memory, time',
  'pwd                   the folder one is in',
  'rm PATH...            remove files and empty folders',
  'selftest              check files, pipes, processes, memory, signals and the shell',
  'sh [-c LINE]          a shell; | < > >> & ; && || * ? and $? mean what they always do',
  'sleep SECONDS         wait',
  'time COMMAND          run a program and say how long it took',
  'true                  do nothing, and succeed',
  'uptime                how long the machine has been on',
  'wait                  wait for what runs in the background',
  'wc [FILE...]          count lines, words and bytes',
];

export function main(): i32 {
  for (let i = 0; i < SUMMARIES.length; i++) {
    out.text(SUMMARIES[i]);
    endLine();
  }
  return SUCCESS;
}
