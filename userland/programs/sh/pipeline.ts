/** Runs one pipeline: programs side by side, each reading what the one before it writes. */
import { Errno } from '../../abi/errno.enums';
import { OpenFlags } from '../../abi/files.enums';
import { ProcessFlags } from '../../abi/process.enums';
import { PipeClient } from 'stubs/pipe';
import { ProcessClient } from 'stubs/process';
import {
  addWord,
  beginWords,
  createChild,
  giveDescriptor,
  waitFor,
} from '../../runtime/program/children';
import { descriptor, setDescriptor } from '../../runtime/program/data-page';
import { FAILURE, SUCCESS } from '../../runtime/program/errors';
import { openFile } from '../../runtime/program/files';
import { close_handle } from '../../runtime/program/libsys';
import { exit, flush } from '../../runtime/program/output';
import { findKnownService } from '../../runtime/program/services';
import { isBuiltin, runBuiltin } from './builtins';
import { complainAbout, NOT_EXECUTABLE, refuse, unknownCommand } from './complaints';
import { addJob } from './jobs';
import { addMatches } from './patterns';
import { awaitsCommand, Token, TokenKind, Tokens } from './tokens';

/** Programs of one pipeline. */
const MOST_STAGES: u32 = 16;
/** Words of one command. */
const MOST_WORDS: u32 = 64;
const INPUT: u32 = 0;
const OUTPUT: u32 = 1;
const ERROR: u32 = 2;
const WRITE: u32 = OpenFlags.Write | OpenFlags.Create;

/** Children of the pipeline that is being started; 0: one that could not be. */
const children = memory.data(<i32>MOST_STAGES * 4, 4);
/** Tokens that are the words of the command, redirections left out. */
const words = memory.data(<i32>MOST_WORDS * 4, 4);
let wordCount: u32 = 0;
/** Where the command's redirections lead; 0: it has none. */
let redirectedInput: u32 = 0;
let redirectedOutput: u32 = 0;

@unmanaged
export class Pipeline {
  tokens: Tokens;
  /** The next token to look at. */
  private at: u32;
  lastStatus: i32;

  /** Runs the pipeline that the tokens are, behind an operator; its exit status. */
  run(before: TokenKind): i32 {
    const end = this.tokens.count - 1;
    const kind = this.tokens.token(end).kind;
    const isBackground = kind == TokenKind.Background;
    this.at = 0;
    if (end == 0) {
      const isBlank = kind == TokenKind.End && !awaitsCommand(before);
      return isBlank ? this.lastStatus : refuse('a command is missing');
    }
    if (!isBackground && this.isBuiltinAlone(end)) return this.runAlone(end);
    return this.runStages(end, isBackground);
  }

  /** Whether the pipeline is one command that the shell itself does. */
  private isBuiltinAlone(end: u32): bool {
    for (let i: u32 = 0; i < end; i++) {
      if (this.tokens.token(i).kind == TokenKind.Pipe) return false;
    }
    return isBuiltin(this.tokens, 0);
  }

  private runAlone(end: u32): i32 {
    let status = this.takeCommand(end);
    if (status == SUCCESS) {
      const terminal = descriptor(OUTPUT);
      flush();
      if (redirectedOutput != 0) setDescriptor(OUTPUT, redirectedOutput);
      // A redirection behind the words leaves the words where they are.
      status = runBuiltin(this.tokens, 0, wordCount, this.lastStatus);
      flush();
      setDescriptor(OUTPUT, terminal);
    }
    closeRedirections();
    return status;
  }

  private runStages(end: u32, isBackground: bool): i32 {
    flush();
    let count: u32 = 0;
    let input: u32 = isBackground ? 0 : descriptor(INPUT);
    let ownsInput = false;
    let status = SUCCESS;
    while (this.at < end) {
      if (count == MOST_STAGES) {
        status = refuse('the pipeline is too long');
        break;
      }
      status = this.takeCommand(end);
      const isLast = this.at >= end;
      let nextInput: u32 = 0;
      let output = descriptor(OUTPUT);
      if (!isLast) {
        const pipe = openPipe();
        if (pipe < 0) {
          status = complainAbout(0, 0, <i32>pipe);
          closeRedirections();
          break;
        }
        nextInput = <u32>pipe;
        output = <u32>max<i64>(0, PipeClient.at(nextInput).writeEnd());
      }
      let child: i32 = 0;
      if (status == SUCCESS) {
        const from = redirectedInput != 0 ? redirectedInput : input;
        const to = redirectedOutput != 0 ? redirectedOutput : output;
        child = this.startStage(from, to, isBackground);
      }
      if (child < 0) status = -child;
      store<u32>(children + <usize>count * 4, max(child, 0));
      count += 1;
      if (!isLast) close_handle(output);
      if (ownsInput) close_handle(input);
      closeRedirections();
      input = nextInput;
      ownsInput = true;
      if (isLast) break;
    }
    if (ownsInput && input != 0) close_handle(input);
    return finish(count, status, isBackground);
  }

  /**
   * Reads one command up to `|` or `end`: its words, and where its redirections lead. SUCCESS, or
   * FAILURE or USAGE if it cannot be run.
   */
  private takeCommand(end: u32): i32 {
    const tokens = this.tokens;
    wordCount = 0;
    redirectedInput = 0;
    redirectedOutput = 0;
    let status = SUCCESS;
    while (this.at < end && tokens.token(this.at).kind != TokenKind.Pipe) {
      const token = tokens.token(this.at);
      if (token.kind == TokenKind.Word) {
        if (wordCount == MOST_WORDS) status = refuse('there are too many words');
        else store<u32>(words + <usize>wordCount * 4, this.at);
        wordCount = min(wordCount + 1, MOST_WORDS);
      } else {
        this.at += 1;
        const name = tokens.token(this.at);
        if (this.at >= end || name.kind != TokenKind.Word) {
          status = refuse('the name of a file is missing');
          break;
        }
        if (status == SUCCESS) status = redirect(token.kind, name);
      }
      this.at += 1;
    }
    // Behind the `|`, where there has to be another command.
    if (this.at < end) {
      this.at += 1;
      if (this.at == end) status = refuse('a command is missing behind |');
    }
    if (wordCount == 0 && status == SUCCESS) status = refuse('a command is missing');
    return status;
  }

  /** Starts the command just read; the child, or minus the status if that cannot be. */
  private startStage(from: u32, to: u32, isBackground: bool): i32 {
    const tokens = this.tokens;
    beginWords();
    for (let i: u32 = 0; i < wordCount; i++) {
      const word = tokens.token(load<u32>(words + <usize>i * 4));
      if (!word.isPattern || !addMatches(word, tokens.wildIn(word))) {
        addWord(word.address, word.length);
      }
    }
    const made = createChild(isBackground ? 0 : ProcessFlags.Foreground);
    if (made < 0) return -refuseProgram(tokens.token(load<u32>(words)), <i32>made);
    const child = <u32>made;
    giveDescriptor(child, INPUT, from);
    giveDescriptor(child, OUTPUT, to);
    giveDescriptor(child, ERROR, descriptor(ERROR));
    const error = ProcessClient.at(child).start();
    if (error >= 0) return <i32>child;
    close_handle(child);
    return -refuseProgram(tokens.token(load<u32>(words)), error);
  }
}

function redirect(kind: TokenKind, name: Token): i32 {
  let flags: u32 = OpenFlags.Read;
  if (kind == TokenKind.Output) flags = WRITE | OpenFlags.Truncate;
  if (kind == TokenKind.Append) flags = WRITE | OpenFlags.Append;
  const opened = openFile(name.address, name.length, flags);
  if (opened < 0) return complainAbout(name.address, name.length, <i32>opened);
  if (kind == TokenKind.Input) {
    if (redirectedInput != 0) close_handle(redirectedInput);
    redirectedInput = <u32>opened;
  } else {
    if (redirectedOutput != 0) close_handle(redirectedOutput);
    redirectedOutput = <u32>opened;
  }
  return SUCCESS;
}

function closeRedirections(): void {
  if (redirectedInput != 0) close_handle(redirectedInput);
  if (redirectedOutput != 0) close_handle(redirectedOutput);
  redirectedInput = 0;
  redirectedOutput = 0;
}

let pipeService: u32 = 0;

/** The end for reading of a new pipe, or a negative Errno. */
function openPipe(): i64 {
  if (pipeService == 0) pipeService = <u32>max<i64>(0, findKnownService('/svc/pipe'));
  return PipeClient.at(pipeService).create();
}

/** Says why a program cannot be started; the status that goes with it. */
function refuseProgram(name: Token, error: i32): i32 {
  if (error == -Errno.ENOENT) return unknownCommand(name.address, name.length);
  complainAbout(name.address, name.length, error);
  return error == -Errno.ENOEXEC || error == -Errno.EACCES ? NOT_EXECUTABLE : FAILURE;
}

/** Waits for the children, or leaves them to themselves; the status of the last. */
function finish(count: u32, failure: i32, isBackground: bool): i32 {
  let status = failure;
  for (let i: u32 = 0; i < count; i++) {
    const child = load<u32>(children + <usize>i * 4);
    if (child == 0) continue;
    if (!isBackground) {
      const ended = waitFor(child);
      // With the process server its programs are lost, and this one too.
      if (ended == -Errno.EDIED || ended == -Errno.EBADF) exit(FAILURE);
      if (i + 1 == count && failure == SUCCESS) status = ended;
    } else if (i + 1 < count || !addJob(child)) {
      close_handle(child);
    }
  }
  return status;
}
