/** Locals as asc numbers them, and as the module that it writes does. */
import type { FunctionDeclaration, LocalDeclaration } from '../../linker/debug-information.ts';
import type { ValueType, WasmFunction } from '../wasm/module.ts';

/** A function with its locals as asc numbers them. */
export interface DeclaredFunction {
  readonly declaration: FunctionDeclaration;
  /** Of all its locals, those without a name too. */
  readonly localTypes: readonly ValueType[];
}

/**
 * The declaration with its locals as the module numbers them: there, behind the parameters, locals
 * of one type stand together, in their order.
 */
export function inModuleOrder(
  { declaration, localTypes }: DeclaredFunction,
  { type, body }: WasmFunction,
): FunctionDeclaration {
  const { locals, parameterCount } = declaration;
  const byType = new Map<ValueType, (LocalDeclaration | undefined)[]>();
  for (const [index, local] of locals.entries()) {
    if (index < type.parameters.length) continue;
    const list = byType.get(localTypes[index]) ?? [];
    list.push(local);
    byType.set(localTypes[index], list);
  }
  const isComplete = type.parameters.length === parameterCount;
  const own = isComplete ? (body?.locals ?? []).map((each) => byType.get(each)?.shift()) : [];
  return { ...declaration, locals: [...locals.slice(0, parameterCount), ...own] };
}
