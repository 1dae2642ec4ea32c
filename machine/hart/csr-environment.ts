/**
 * The CSRs that configure what less privileged modes find: `menvcfg`, `senvcfg`, and S-mode's timer,
 * which `menvcfg` switches on.
 */
import { isCounterEnabled } from './csr-counters.ts';
import type { CsrDefinition } from './csr-definition.ts';
import { CounterBit } from './counters.ts';
import { Envcfg, Menvcfgh } from './environment.ts';
import { Attention, type HartState } from './hart-state.ts';
import { InterruptBit } from './interrupts.ts';
import { Privilege } from './privilege.ts';
import { HartWord } from './state-layout.ts';
import type { SupervisorTimer } from './supervisor-timer.ts';

const MENVCFGH_WRITABLE = Menvcfgh.ADUE | Menvcfgh.STCE;
const STIP = 1 << InterruptBit.SupervisorTimer;

export function environmentCsrs(hart: HartState, timer: SupervisorTimer): readonly CsrDefinition[] {
  const { words } = hart;
  const envcfg = (name: 'menvcfg' | 'senvcfg', word: HartWord): CsrDefinition => ({
    name,
    read: () => words[word],
    write: (value) => {
      words[word] = value & Envcfg.FIOM;
    },
  });
  const stimecmp = (name: 'stimecmp' | 'stimecmph', word: number): CsrDefinition => ({
    name,
    isAccessible: () =>
      hart.privilege === Privilege.Machine ||
      (timer.isEnabled && isCounterEnabled(hart, CounterBit.TM)),
    read: () => words[word],
    write: (value) => {
      words[word] = value;
      timer.update();
    },
  });
  return [
    envcfg('menvcfg', HartWord.Menvcfg),
    envcfg('senvcfg', HartWord.Senvcfg),
    {
      name: 'menvcfgh',
      read: () => words[HartWord.Menvcfgh],
      write: (value) => {
        words[HartWord.Menvcfgh] = value & MENVCFGH_WRITABLE;
        if (timer.isEnabled) {
          words[HartWord.InterruptSoftware] &= ~STIP;
        }
        timer.update();
        hart.attention |= Attention.Regime | Attention.Interrupts;
      },
    },
    stimecmp('stimecmp', HartWord.Stimecmp),
    stimecmp('stimecmph', HartWord.Stimecmp + 1),
  ];
}
