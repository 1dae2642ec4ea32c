/** Whole programs: compiled code does what Node's WebAssembly does, and wrong passes are noticed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, type IrFunction, resolveOperands } from './ir/function.ts';
import { Condition, type Instruction, Op, isConstant, isLoad, negate } from './ir/instruction.ts';
import { Rounding } from './ir/rounding.ts';
import type { PassObserver } from './pipeline.ts';
import { compareRuns } from './testing/differential.ts';
import { randomProgram } from './testing/random-program.ts';

/** As many in a campaign of hours as time allows. */
const RUNS = process.env.VITRINE_CAMPAIGN === 'full' ? 20_000 : 400;

/** Few enough runs that a planted fault must show well within those of CI. */
const FAULT_RUNS = 300;

const tapes = fc.array(fc.nat(0x7fffffff), { minLength: 20, maxLength: 1500, size: 'max' });
const inputs = fc.array(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), {
  minLength: 1,
  maxLength: 6,
});

test('random programs behave as under Node', () => {
  fc.assert(
    fc.property(tapes, inputs, (tape, values) => {
      expect(compareRuns(randomProgram(tape), values)).toBeUndefined();
    }),
    // Shrinking would compile for minutes; the seed reproduces the failure.
    { numRuns: RUNS, endOnFailure: true },
  );
});

/** Changes `fn` after one pass, as a mistake in that pass would. */
function faultAfter(pass: string, change: (fn: IrFunction) => void): PassObserver {
  return (name, fn) => {
    if (name === pass) change(fn);
  };
}

function forEach(fn: IrFunction, visit: (instruction: Instruction, block: Block) => void): void {
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) visit(instruction, block);
  }
}

const FAULTS: Readonly<Record<string, PassObserver>> = {
  'a comparison loses its sign': faultAfter('value-numbering', (fn) => {
    forEach(fn, (instruction) => {
      if (instruction.op === Op.Branch && instruction.condition === Condition.Lt) {
        instruction.condition = Condition.Ltu;
      }
    });
  }),
  'an offset is off by one word beyond 2 KiB': faultAfter('instruction-selection', (fn) => {
    forEach(fn, (instruction) => {
      if (isLoad(instruction.op) && instruction.immediate >= 1024) instruction.immediate -= 4;
    });
  }),
  'phis take their operands in the wrong order': faultAfter('critical-edges', (fn) => {
    forEach(fn, (instruction) => {
      if (instruction.op === Op.Phi && instruction.operands.length > 2)
        instruction.operands.reverse();
    });
  }),
  'traps are dropped': faultAfter('value-numbering', (fn) => {
    for (const block of fn.blocks) {
      block.instructions = block.instructions.filter(({ op }) => op !== Op.TrapIf);
    }
  }),
  'stores to the same place are merged into the first': faultAfter('dead-code', (fn) => {
    for (const block of fn.blocks) {
      const seen = new Set<string>();
      block.instructions = block.instructions.filter(({ op, operands, immediate }) => {
        if (op !== Op.StoreWord) return true;
        const place = `${operands[0].id}+${immediate}`;
        if (seen.has(place)) return false;
        seen.add(place);
        return true;
      });
    }
  }),
  'the upper half of a product is signed': faultAfter('construction', (fn) => {
    forEach(fn, (instruction) => {
      if (instruction.op === Op.Mulhu) instruction.op = Op.Mulh;
    });
  }),
  'a carry is lost': faultAfter('construction', (fn) => {
    forEach(fn, (instruction) => {
      const [, carry] = instruction.operands;
      if (instruction.op === Op.Add && carry.op === Op.Ltu) {
        instruction.operands[1] = fn.constant(0);
      }
    });
  }),
  'a threaded jump brings the value of another way in': faultAfter('thread-jumps', (fn) => {
    for (const block of fn.blocks) {
      for (const phi of block.phis()) phi.operands.push(phi.operands.shift() ?? phi);
    }
  }),
  'a join passed by swaps the values of its ways': faultAfter('forward-joins', (fn) => {
    for (const block of fn.blocks) {
      if (block.predecessors.length < 3) continue;
      for (const phi of block.phis()) phi.operands.unshift(phi.operands.pop() ?? phi);
    }
  }),
  'a shared way brings the values of another': faultAfter('share-edges', (fn) => {
    for (const block of fn.blocks) {
      const shared = block.predecessors.findIndex(({ predecessors }) => predecessors.length > 1);
      if (shared < 0) continue;
      for (const { operands } of block.phis()) operands[shared] = operands[shared ? 0 : 1];
    }
  }),
  'an inlined body loses its stores': faultAfter('merge-blocks', (fn) => {
    for (const block of fn.blocks) {
      block.instructions = block.instructions.filter(
        ({ op, source }) => op !== Op.StoreWord || source?.inlinedAt === undefined,
      );
    }
  }),
  'a load finds what was there before a store': faultAfter('early-value-numbering', (fn) => {
    for (const block of fn.blocks) {
      const seen = new Map<string, Instruction>();
      block.instructions = block.instructions.filter((load) => {
        if (!isLoad(load.op)) return true;
        const place = `${load.op}:${load.operands[0].id}+${load.immediate}`;
        const before = seen.get(place);
        if (before === undefined) seen.set(place, load);
        else load.replacement = before;
        return before === undefined;
      });
    }
    resolveOperands(fn);
  }),
  'a decided branch goes the other way': faultAfter('early-value-numbering', (fn) => {
    forEach(fn, ({ op, operands }, { terminator }) => {
      if (op !== Op.Branch || !operands.every(isConstant)) return;
      terminator.condition = negate(terminator.condition);
    });
  }),
  'a difference of floating-point numbers has its operands exchanged': faultAfter(
    'construction',
    (fn) => {
      forEach(fn, (instruction) => {
        if (instruction.mnemonic === 'fsub.d') instruction.operands.reverse();
      });
    },
  ),
  'less becomes less or equal': faultAfter('value-numbering', (fn) => {
    forEach(fn, (instruction) => {
      if (instruction.mnemonic === 'flt.s') instruction.mnemonic = 'fle.s';
    });
  }),
  'a direction of rounding is lost': faultAfter('instruction-selection', (fn) => {
    forEach(fn, (instruction) => {
      if (instruction.mnemonic === 'fadd.d') instruction.immediate = Rounding.Dynamic;
    });
  }),
  'the words of a double are exchanged': faultAfter('instruction-selection', (fn) => {
    forEach(fn, (instruction) => {
      if (instruction.op === Op.LowWord) instruction.op = Op.HighWord;
    });
  }),
  'selects choose the other side': faultAfter('instruction-selection', (fn) => {
    forEach(fn, (instruction) => {
      if (instruction.op === Op.Select) {
        [, , instruction.operands[3], instruction.operands[2]] = instruction.operands;
      }
    });
  }),
};

describe('a planted fault is caught:', () => {
  test.each(Object.entries(FAULTS))('%s', (_, fault) => {
    const result = fc.check(
      fc.property(tapes, inputs, (tape, values) => {
        let difference: string | undefined;
        try {
          difference = compareRuns(randomProgram(tape), values, fault);
        } catch {
          // The compiler itself noticed.
          return false;
        }
        return difference === undefined;
      }),
      { numRuns: FAULT_RUNS, endOnFailure: true, seed: 1 },
    );
    expect(result.failed).toBe(true);
  });
});
