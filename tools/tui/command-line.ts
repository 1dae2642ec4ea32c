/** The line in which commands are written: editing, history, completion of names. */
import type { Key } from './screen.ts';

const MOST_HISTORY = 500;
const PRINTABLE = /^\P{Cc}+$/u;

/** What a key has done beside changing the line. */
export type LineEvent =
  | { readonly kind: 'entered'; readonly line: string }
  /** Several names begin like this. */
  | { readonly kind: 'choices'; readonly names: readonly string[] };

export class CommandLine {
  text = '';
  /** Characters before the cursor. */
  cursor = 0;
  private readonly history: string[] = [];
  /** Which line of the history is shown; its length: none, the line is new. */
  private place = 0;
  /** The new line, while an older one is shown. */
  private draft = '';

  /** @param names that Tab completes */
  constructor(private readonly names: readonly string[]) {}

  handle(key: Key): LineEvent | undefined {
    if (key.ctrl) {
      this.control(key.name);
      return undefined;
    }
    switch (key.name) {
      case 'return':
        return this.enter();
      case 'tab':
        return this.complete();
      case 'backspace':
        this.remove(this.cursor - 1);
        return undefined;
      case 'delete':
        this.remove(this.cursor);
        return undefined;
      case 'left':
        this.moveTo(this.cursor - 1);
        return undefined;
      case 'right':
        this.moveTo(this.cursor + 1);
        return undefined;
      case 'home':
        this.moveTo(0);
        return undefined;
      case 'end':
        this.moveTo(this.text.length);
        return undefined;
      case 'up':
        this.recall(this.place - 1);
        return undefined;
      case 'down':
        this.recall(this.place + 1);
        return undefined;
      default:
        if (PRINTABLE.test(key.sequence)) this.insert(key.sequence);
        return undefined;
    }
  }

  /** Empties the line. */
  clear(): void {
    this.show('');
    this.place = this.history.length;
  }

  private control(name: string | undefined): void {
    switch (name) {
      case 'a':
        this.moveTo(0);
        break;
      case 'e':
        this.moveTo(this.text.length);
        break;
      case 'u':
        this.text = this.text.slice(this.cursor);
        this.cursor = 0;
        break;
      case 'k':
        this.text = this.text.slice(0, this.cursor);
        break;
      case 'w': {
        const before = this.text.slice(0, this.cursor).replace(/\S*\s*$/, '');
        this.text = before + this.text.slice(this.cursor);
        this.cursor = before.length;
        break;
      }
    }
  }

  private enter(): LineEvent {
    const line = this.text;
    const isNew = line.trim() !== '' && this.history.at(-1) !== line;
    if (isNew) this.history.push(line);
    if (this.history.length > MOST_HISTORY) this.history.shift();
    this.clear();
    return { kind: 'entered', line };
  }

  private complete(): LineEvent | undefined {
    const start = this.text.slice(0, this.cursor);
    const names = this.names.filter((name) => name.startsWith(start));
    if (names.length === 0 || start.includes(' ')) return undefined;
    const [first] = names;
    const common = names.reduce((prefix, name) => {
      let length = 0;
      while (length < prefix.length && prefix[length] === name[length]) length++;
      return prefix.slice(0, length);
    }, first);
    const ending = names.length === 1 ? ' ' : '';
    this.insert(common.slice(start.length) + ending);
    return names.length > 1 && common === start ? { kind: 'choices', names } : undefined;
  }

  private insert(text: string): void {
    this.text = this.text.slice(0, this.cursor) + text + this.text.slice(this.cursor);
    this.cursor += text.length;
  }

  private remove(index: number): void {
    if (index < 0 || index >= this.text.length) return;
    this.text = this.text.slice(0, index) + this.text.slice(index + 1);
    this.cursor = index;
  }

  private moveTo(cursor: number): void {
    this.cursor = Math.min(Math.max(cursor, 0), this.text.length);
  }

  private recall(place: number): void {
    if (place < 0 || place > this.history.length) return;
    if (this.place === this.history.length) this.draft = this.text;
    this.place = place;
    this.show(place === this.history.length ? this.draft : this.history[place]);
  }

  private show(text: string): void {
    this.text = text;
    this.cursor = text.length;
  }
}
