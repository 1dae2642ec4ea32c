import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { importX } from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';

const root = dirname(fileURLToPath(import.meta.url));

/**
 * Which folder may import from which: the architecture's arrows. A folder that is not named under
 * `allowed` is out of reach, so that a new arrow is a decision and not an accident.
 */
const layers = [
  { from: 'machine', allowed: ['machine'] },
  { from: 'userland/abi', allowed: ['userland/abi'] },
  { from: 'userland/protocols', allowed: ['userland/protocols', 'userland/abi'] },
  { from: 'userland/runtime', allowed: ['userland/runtime', 'userland/abi', 'userland/protocols'] },
  {
    from: 'userland/environment/user',
    allowed: ['userland/environment', 'userland/runtime', 'userland/abi', 'userland/protocols'],
  },
  {
    from: 'userland/environment/kernel',
    allowed: [
      'userland/environment',
      'userland/runtime',
      'userland/abi',
      'kernels/core',
      'kernels/inside',
    ],
  },
  {
    from: 'userland/services',
    allowed: [
      'userland/services',
      'userland/environment',
      'userland/runtime',
      'userland/abi',
      'userland/protocols',
    ],
  },
  {
    from: 'userland/programs',
    allowed: ['userland/programs', 'userland/runtime', 'userland/abi', 'userland/protocols'],
  },
  { from: 'kernels/core', allowed: ['kernels/core', 'userland/abi'] },
  { from: 'kernels/firmware', allowed: ['kernels/firmware', 'userland/abi'] },
  { from: 'kernels/inside', allowed: ['kernels/inside', 'kernels/core', 'userland/abi'] },
  {
    from: 'kernels/mono',
    allowed: [
      'kernels/mono',
      'kernels/inside',
      'kernels/core',
      'userland/environment',
      'userland/runtime',
      'userland/abi',
      'userland/protocols',
    ],
  },
  {
    from: 'kernels/micro',
    allowed: ['kernels/micro', 'kernels/core', 'userland/abi', 'userland/protocols'],
  },
  {
    from: 'kernels/hybrid',
    allowed: [
      'kernels/hybrid',
      'kernels/micro',
      'kernels/inside',
      'kernels/core',
      'userland/environment',
      'userland/abi',
      'userland/protocols',
    ],
  },
  { from: 'tools', allowed: ['tools', 'machine', 'userland/abi', 'userland/protocols'] },
];

/**
 * Services that a kernel can have inside: beside their `main.ts`, which is for a process of their own,
 * they stand on the environment and on what only computes.
 */
const anywhere = ['block', 'clock', 'console', 'fs', 'initrd', 'pipe', 'power', 'tmpfs'];
const computing = ['bytes', 'cpio', 'port-slots', 'text-builder'];

const placeable = anywhere.map((name) => ({
  target: `./userland/services/${name}/**/!(main|*.test).ts`,
  from: './',
  except: [
    `./userland/services/${name}`,
    ...['environment', 'abi', 'protocols'].map((folder) => `./userland/${folder}`),
    ...computing.map((module) => `./userland/runtime/${module}.ts`),
    './node_modules',
    './build/stubs',
  ],
  message:
    'a service that may be placed in a kernel imports environment/…, not what makes system calls',
}));

const zones = layers.map(({ from, allowed }) => ({
  target: `./${from}/**/!(*.test).ts`,
  from: './',
  except: [...allowed.map((folder) => `./${folder}`), './node_modules', './build/stubs'],
  message: `${from} may import only from: ${allowed.join(', ')}`,
}));

export default tseslint.config(
  { ignores: ['node_modules/', 'build/', 'dist/'] },
  {
    files: [
      '{machine,tools,test}/**/*.ts',
      '*.config.ts',
      '**/*.test.ts',
      'userland/abi/*.enums.ts',
    ],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.host.json', tsconfigRootDir: root },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-literal-enum-member': ['error', { allowBitwiseExpressions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/prefer-literal-enum-member': ['error', { allowBitwiseExpressions: true }],
    },
  },
  {
    files: ['{machine,tools,kernels,userland,test}/**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({
          project: ['./tsconfig.host.json', './tsconfig.target.json'],
          noWarnOnMultipleProjects: true,
        }),
      ],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': [
        'error',
        { basePath: root, zones: [...zones, ...placeable] },
      ],
    },
  },
  {
    // The machine runs in Node and in a browser: it stands on the language alone.
    files: ['machine/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^[^.]', message: 'machine/ has no dependency and no Node API' }] },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'require', '__dirname'],
    },
  },
  {
    // Target code: what AssemblyScript accepts and then miscompiles, or the type checkers disagree on.
    files: ['{kernels,userland}/**/*.ts'],
    ignores: ['**/*.test.ts', 'userland/abi/*.d.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          // tsc (noImplicitOverride) sees to it that an override says so.
          selector:
            'ClassDeclaration:has(Decorator > Identifier[name="unmanaged"]) MethodDefinition[override=true]',
          message:
            'an @unmanaged class has no header, so an overridden method would read a class id before the object: do not override',
        },
        {
          selector: 'FunctionDeclaration > Decorator',
          message: 'decorators stand on classes and methods only: tsc rejects them on functions',
        },
        { selector: 'TSAnyKeyword', message: 'the dialect has no any' },
        {
          selector: 'TSNumberKeyword',
          message: 'number is f64 in the dialect: name an integer type',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\.|stubs/|environment/|placement/)',
              message: 'target code imports only target code and stubs',
            },
          ],
        },
      ],
    },
  },
);
