import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { generateStubs, parseProtocols, protocolNames, readProtocolSources } from './generate.ts';
import { ProtocolError } from './protocol.ts';

const FOLDER = fileURLToPath(new URL('../../userland/protocols', import.meta.url));
const sources = readProtocolSources(FOLDER, 'userland/protocols');
const stubs = generateStubs(sources);

/** The statements of a generated module by the name that each declares. */
function declarations(module: string): Map<string, string> {
  const text = stubs.get(module) ?? '';
  const tree = ts.createSourceFile(`${module}.ts`, text, ts.ScriptTarget.ESNext, true);
  const found = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    const isNamed =
      ts.isClassDeclaration(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isEnumDeclaration(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isCaseClause(node);
    if (isNamed) {
      const name = ts.isCaseClause(node) ? node.expression : node.name;
      found.set(name?.getText(tree) ?? '', node.getText(tree));
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

describe('the stubs of our own protocols', () => {
  it('are well-formed TypeScript', () => {
    for (const [module, text] of stubs) {
      const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
      expect(diagnostics, module).toEqual([]);
    }
  });

  it('have for every method a client method, a service method and a case', () => {
    for (const { name, module, methods } of protocolNames(parseProtocols(sources))) {
      const declared = declarations(module);
      const service = declared.get(`${name}Service`) ?? '';
      for (const method of methods) {
        expect(declared.has(method.name), `${module}.${method.name}`).toBe(true);
        expect(service).toContain(`  ${method.name}(`);
        expect(declared.has(`${name}Method.${method.name}`)).toBe(true);
      }
    }
  });

  it('number the base protocol’s methods below 16', () => {
    const base = protocolNames(parseProtocols(sources)).find(({ number }) => number === 0);
    expect(base?.methods).toEqual([
      { name: 'ping', number: 0 },
      { name: 'crash', number: 1 },
    ]);
  });

  it('lend a single buffer where it lies', () => {
    const write = declarations('console').get('write') ?? '';
    expect(write).toContain('message.lentAddress = <u32>text;');
    expect(write).not.toContain('transferArea');
  });

  it('gather several ranges in one area and copy back what the server wrote', () => {
    const stat = declarations('files').get('stat') ?? '';
    expect(stat).toContain('memory.copy(area, path, pathLength);');
    expect(stat).toContain('message.lentLength = pathLength + informationLength;');
    expect(stat).toContain('memory.copy(information, area + pathLength, informationLength);');
  });

  it('check every bound on both sides', () => {
    const declared = declarations('files');
    expect(declared.get('stat')).toContain('if (informationLength > STAT_INFORMATION_MAX) return');
    expect(declared.get('FilesMethod.stat')).toContain('informationLength > STAT_INFORMATION_MAX');
  });

  it('retry idempotent methods and no others', () => {
    expect(declarations('names').get('resolve')).toContain('attempt < CALL_ATTEMPTS');
    expect(declarations('console').get('readLine')).not.toContain('attempt');
  });
});

describe('protocols together', () => {
  const lamp = (name: string, number: number): string =>
    `/**\n * A lamp.\n *\n * @protocol ${number}\n */\nexport interface ${name} {}`;

  it('have different numbers', () => {
    const two = [
      { file: 'a.ts', text: lamp('A', 9) },
      { file: 'b.ts', text: lamp('B', 9) },
    ];
    expect(() => parseProtocols(two)).toThrow(
      new ProtocolError('b.ts', 1, 'protocol number 9 is A’s already'.replace('’', "'")),
    );
  });

  it('have different names', () => {
    const two = [
      { file: 'a.ts', text: lamp('A', 9) },
      { file: 'b.ts', text: lamp('A', 10) },
    ];
    expect(() => parseProtocols(two)).toThrow('b.ts:1: there is another protocol A');
  });
});
