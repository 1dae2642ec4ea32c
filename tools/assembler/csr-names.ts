/** Names of control and status registers, both ways; the names themselves are the machine's. */
import { CSR_ADDRESSES } from '../../machine/hart/csr-addresses.ts';

const numberByName = new Map<string, number>(Object.entries(CSR_ADDRESSES));
const nameByNumber = new Map<number, string>(
  Object.entries(CSR_ADDRESSES).map(([name, number]) => [number, name]),
);

/** Number of the CSR called `name`, or undefined. */
export function csrNumber(name: string): number | undefined {
  return numberByName.get(name);
}

/** Name of CSR `number`, or undefined if it is not a standard one. */
export function csrName(number: number): string | undefined {
  return nameByNumber.get(number);
}
