/** Writes the caller's half of a stub: one method per method of the protocol. */
import type { MarshallingPlan, Range } from './marshalling.ts';
import type { Method, Parameter, Protocol } from './protocol.ts';
import { boundName, docComment, flagsExpression, lengthName, methodName } from './text.ts';

/** The class `NAMEClient`, as lines. */
export function clientSource(
  protocol: Protocol,
  plans: ReadonlyMap<Method, MarshallingPlan>,
): string[] {
  const name = `${protocol.name}Client`;
  const lines = [
    ...docComment([
      `Calls a server that speaks ${protocol.name}. A client is the endpoint's handle itself and takes no`,
      'memory. Results below zero are a negative Errno, of the server or of the call.',
    ]),
    '@unmanaged',
    `export class ${name} {`,
    `  static at(handle: u32): ${name} {`,
    `    return changetype<${name}>(handle);`,
    '  }',
    '',
    '  get handle(): u32 {',
    '    return changetype<u32>(this);',
    '  }',
  ];
  for (const [method, plan] of plans) {
    lines.push('', ...clientMethod(protocol, method, plan).map((line) => `  ${line}`.trimEnd()));
  }
  lines.push('}');
  return lines;
}

function clientMethod(protocol: Protocol, method: Method, plan: MarshallingPlan): string[] {
  const result = plan.reply === 'status' ? 'i32' : 'i64';
  const parameters = method.parameters.map(clientParameter).join(', ');
  const body = [
    ...boundChecks(method, plan),
    'const message = outgoing();',
    ...gather(plan),
    ...send(protocol, method, plan),
  ];
  return [
    ...docComment(method.documentation),
    `${method.name}(${parameters}): ${result} {`,
    ...body.map((line) => `  ${line}`),
    '}',
  ];
}

function clientParameter(parameter: Parameter): string {
  switch (parameter.kind) {
    case 'scalar':
      return `${parameter.name}: ${parameter.type}`;
    case 'handle':
      return `${parameter.name}: u32`;
    case 'text':
    case 'buffer':
      return `${parameter.name}: usize, ${lengthName(parameter.name)}: u32`;
  }
}

function boundChecks(method: Method, plan: MarshallingPlan): string[] {
  return plan.ranges.map(({ parameter }) => {
    const bound = boundName(method.name, parameter.name);
    return `if (${lengthName(parameter.name)} > ${bound}) return -Errno.E2BIG;`;
  });
}

/** Copies what the server reads into the area that is lent, unless one range is lent in place. */
function gather(plan: MarshallingPlan): string[] {
  if (plan.inPlace || plan.ranges.length === 0) return [];
  const lines = ['const area = transferArea();', 'if (area == 0) return -Errno.ENOMEM;'];
  plan.ranges.forEach((range, place) => {
    if (!range.readByServer) return;
    const { name } = range.parameter;
    lines.push(`memory.copy(${areaAddress(plan, place)}, ${name}, ${lengthName(name)});`);
  });
  return lines;
}

/** Copies what the server wrote back to where the caller wants it. */
function scatter(plan: MarshallingPlan): string[] {
  if (plan.inPlace) return [];
  const lines: string[] = [];
  plan.ranges.forEach((range, place) => {
    if (!range.writtenByServer) return;
    const { name } = range.parameter;
    lines.push(`memory.copy(${name}, ${areaAddress(plan, place)}, ${lengthName(name)});`);
  });
  return lines;
}

function areaAddress(plan: MarshallingPlan, place: number): string {
  return ['area', ...lengthsBefore(plan.ranges, place)].join(' + ');
}

function lengthsBefore(ranges: readonly Range[], place: number): string[] {
  return ranges.slice(0, place).map((range) => lengthName(range.parameter.name));
}

function send(protocol: Protocol, method: Method, plan: MarshallingPlan): string[] {
  const flags = flagsExpression(plan, plan.handle !== undefined);
  const number = methodName(protocol, method);
  const fill = [
    `message.method = ${flags === '' ? number : `${number} | ${flags}`};`,
    ...lend(plan),
    ...(plan.handle === undefined ? [] : [`message.transfer = ${plan.handle};`]),
    ...words(plan),
  ];
  const call =
    plan.reply === 'handle' ? 'callForHandle(message, this.handle)' : 'call(message, this.handle)';
  const lines: string[] = [];
  if (method.idempotent) {
    lines.push('let outcome: i32 = 0;');
    lines.push('for (let attempt = 0; attempt < CALL_ATTEMPTS; attempt++) {');
    lines.push(...fill.map((line) => `  ${line}`));
    lines.push(`  outcome = ${call};`);
    lines.push('  if (outcome != -Errno.EDIED) break;');
    lines.push('}');
  } else {
    lines.push(...fill, `const outcome = ${call};`);
  }
  lines.push(...scatter(plan));
  if (plan.reply === 'status') lines.push('return outcome;');
  if (plan.reply === 'handle') lines.push('return outcome < 0 ? outcome : <i64>message.transfer;');
  if (plan.reply === 'wide') lines.push('return outcome < 0 ? outcome : wideResult(message);');
  return lines;
}

function lend(plan: MarshallingPlan): string[] {
  if (plan.ranges.length === 0) return ['message.lentLength = 0;'];
  const names = plan.ranges.map((range) => lengthName(range.parameter.name));
  const address = plan.inPlace ? (plan.ranges[0]?.parameter.name ?? 'area') : 'area';
  return [`message.lentAddress = <u32>${address};`, `message.lentLength = ${names.join(' + ')};`];
}

function words(plan: MarshallingPlan): string[] {
  const assignments: string[] = [];
  for (const scalar of plan.scalars) {
    const { name, word } = scalar;
    switch (scalar.type) {
      case 'u32':
        assignments[word] = name;
        break;
      case 'i32':
        assignments[word] = `<u32>${name}`;
        break;
      case 'bool':
        assignments[word] = `${name} ? 1 : 0`;
        break;
      case 'u64':
        assignments[word] = `<u32>${name}`;
        assignments[word + 1] = `<u32>(${name} >> 32)`;
        break;
    }
  }
  for (const range of plan.ranges) {
    assignments[range.lengthWord] = lengthName(range.parameter.name);
  }
  return assignments.map((value, word) => `message.word${word} = ${value};`);
}
