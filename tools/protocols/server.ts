/** Writes the server's half of a stub: what a service offers, and the switch that calls it. */
import type { MarshallingPlan } from './marshalling.ts';
import type { Method, Parameter, Protocol } from './protocol.ts';
import { boundName, docComment, flagsExpression, lengthName, methodName } from './text.ts';

/** The interface `NAMEService` and the function `dispatchNAME`, as lines. */
export function serverSource(
  protocol: Protocol,
  plans: ReadonlyMap<Method, MarshallingPlan>,
): string[] {
  const lines = [
    ...docComment([
      `What a server of ${protocol.name} has to offer. A Text comes as the address of a copy, a Buffer as its`,
      'offset in the range that the caller lent. A method returns its result or a negative Errno, or',
      'DEFERRED after it has kept the request.',
    ]),
    `export interface ${protocol.name}Service {`,
  ];
  for (const [method, plan] of plans) {
    const parameters = ['request: Request', ...method.parameters.map(serviceParameter)].join(', ');
    lines.push(...docComment(method.documentation).map((line) => `  ${line}`));
    lines.push(`  ${method.name}(${parameters}): ${plan.reply === 'status' ? 'i32' : 'i64'};`);
  }
  lines.push('}', '');
  lines.push(
    ...docComment([
      `Calls the method of the service that a request asks for, once its bounds are checked, and answers.`,
      '',
      `@returns false if the request is none of ${protocol.name}; it is then not answered.`,
    ]),
    `export function dispatch${protocol.name}<Service extends ${protocol.name}Service>(`,
    '  server: Service,',
    '  request: Request,',
    '): bool {',
    '  switch (request.number) {',
  );
  for (const [method, plan] of plans) {
    lines.push(
      `    case ${methodName(protocol, method)}: {`,
      ...dispatchCase(method, plan).map((line) => `      ${line}`),
      '      return true;',
      '    }',
    );
  }
  lines.push('  }', '  return false;', '}');
  return lines;
}

function serviceParameter(parameter: Parameter): string {
  const length = lengthName(parameter.name);
  switch (parameter.kind) {
    case 'scalar':
      return `${parameter.name}: ${parameter.type}`;
    case 'handle':
      return `${parameter.name}: u32`;
    case 'text':
      return `${parameter.name}: usize, ${length}: u32`;
    case 'buffer':
      return `${parameter.name}Offset: u32, ${length}: u32`;
  }
}

function dispatchCase(method: Method, plan: MarshallingPlan): string[] {
  const lines: string[] = [];
  for (const range of plan.ranges) {
    lines.push(
      `const ${lengthName(range.parameter.name)} = request.message.word${range.lengthWord};`,
    );
  }
  lines.push(...refuseUnless(requirements(method, plan), 'EINVAL'));
  lines.push(...takeTexts(plan));
  if (plan.handle !== undefined) lines.push(`const ${plan.handle} = request.takeHandle();`);
  const call = `server.${method.name}(${callArguments(method, plan).join(', ')})`;
  const answer = { status: 'answer', wide: 'answerWide', handle: 'answerHandle' }[plan.reply];
  lines.push(`request.${answer}(${call});`);
  return lines;
}

/** Conditions that a well-formed request meets. */
function requirements(method: Method, plan: MarshallingPlan): string[] {
  const conditions = plan.ranges.map(
    ({ parameter }) => `${lengthName(parameter.name)} <= ${boundName(method.name, parameter.name)}`,
  );
  if (plan.ranges.length > 0) {
    const lengths = plan.ranges.map(({ parameter }) => lengthName(parameter.name)).join(' + ');
    conditions.push(`request.lends(${flagsExpression(plan, false)}, ${lengths})`);
  }
  if (plan.handle !== undefined) conditions.push('request.bringsHandle');
  return conditions;
}

function refuseUnless(conditions: readonly string[], errno: string): string[] {
  if (conditions.length === 0) return [];
  const refused = conditions.map(negated);
  const head =
    refused.length === 1
      ? [`if (${refused.join('')}) {`]
      : ['if (', ...`  ${refused.join(' ||\n  ')}`.split('\n'), ') {'];
  return [...head, `  request.answer(-Errno.${errno});`, '  return true;', '}'];
}

/** Conditions are `a <= b`, `a != b` or a plain expression. */
function negated(condition: string): string {
  if (condition.includes(' <= ')) return condition.replace(' <= ', ' > ');
  if (condition.includes(' != ')) return condition.replace(' != ', ' == ');
  return `!${condition}`;
}

/** Copies each Text out of the caller's memory, one behind the other. */
function takeTexts(plan: MarshallingPlan): string[] {
  const lines: string[] = [];
  const placed: string[] = [];
  plan.ranges.forEach((range, place) => {
    const { name } = range.parameter;
    if (range.parameter.kind !== 'text') return;
    const offset = offsetExpression(plan, place);
    const at = placed.length === 0 ? '0' : placed.join(' + ');
    lines.push(
      `const ${name} = request.takeText(${offset}, ${lengthName(name)}, ${at});`,
      ...refuseUnless([`${name} != 0`], 'EFAULT'),
    );
    placed.push(lengthName(name));
  });
  return lines;
}

function offsetExpression(plan: MarshallingPlan, place: number): string {
  const before = plan.ranges.slice(0, place).map(({ parameter }) => lengthName(parameter.name));
  return before.length === 0 ? '0' : before.join(' + ');
}

function callArguments(method: Method, plan: MarshallingPlan): string[] {
  const values = method.parameters.flatMap((parameter) => {
    switch (parameter.kind) {
      case 'handle':
        return [parameter.name];
      case 'text':
        return [parameter.name, lengthName(parameter.name)];
      case 'buffer': {
        const place = plan.ranges.findIndex((range) => range.parameter === parameter);
        return [offsetExpression(plan, place), lengthName(parameter.name)];
      }
      case 'scalar': {
        const word = plan.scalars.find((scalar) => scalar.name === parameter.name)?.word ?? 0;
        switch (parameter.type) {
          case 'u32':
            return [`request.message.word${word}`];
          case 'i32':
            return [`<i32>request.message.word${word}`];
          case 'bool':
            return [`request.message.word${word} != 0`];
          case 'u64':
            return [
              `(<u64>request.message.word${word + 1} << 32) | <u64>request.message.word${word}`,
            ];
        }
      }
    }
  });
  return ['request', ...values];
}
