import { describe, expect, test } from 'vitest';
import { listTree } from './tree-listing.ts';
import { directory, file, symlink, withNode } from './tree.ts';

describe('withNode', () => {
  const tree = directory({ bin: directory({ sh: file('old') }), motd: file('hi') });

  test('adds, and makes the directories on the way', () => {
    expect(listTree(withNode(tree, '/usr/lib/x', symlink('y')))).toEqual(
      listTree(
        directory({
          bin: directory({ sh: file('old') }),
          motd: file('hi'),
          usr: directory({ lib: directory({ x: symlink('y') }) }),
        }),
      ),
    );
  });

  test('replaces, and leaves the tree that was given as it is', () => {
    const replaced = withNode(tree, 'bin/sh', file('new'));
    expect(listTree(replaced)).toEqual(
      listTree(directory({ bin: directory({ sh: file('new') }), motd: file('hi') })),
    );
    expect(listTree(tree).map(({ path }) => path)).toEqual(['/bin', '/bin/sh', '/motd']);
  });

  test('goes through directories only', () => {
    expect(() => withNode(tree, 'motd/x', file(''))).toThrow(
      '"motd/x": "motd" on the way is a file',
    );
    expect(() => withNode(tree, '/', file(''))).toThrow('"/": no name to put a file under');
  });
});
