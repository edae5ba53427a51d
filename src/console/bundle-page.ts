import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const entryPoints = { main: '../ui/main.tsx', 'session-viewer': '../ui/session-viewer/main.tsx' } as const

export type PageName = keyof typeof entryPoints

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

// Calls of `h` are shorter than those of the runtime that TypeScript checks the pages with.
const jsx = { jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'Fragment' } as const

/**
 * `parts` are what the script imports by name from its own folder: at once, or when a page needs it. `sources` are the files that were
 * bundled.
 */
export type Bundled = readonly [
  script: Uint8Array,
  style: Uint8Array,
  parts?: ReadonlyMap<string, Uint8Array>,
  sources?: readonly string[],
]

export async function bundlePage(
  page: PageName = 'main',
  libraries: 'bundle' | 'external' = 'bundle',
): Promise<Bundled> {
  const { outputFiles, metafile } = await build({
    entryPoints: [pathOf(entryPoints[page])],
    bundle: true,
    packages: libraries,
    minify: true,
    write: false,
    metafile: true,
    outdir: 'ui',
    format: 'esm',
    // The session viewer is part of a file.
    splitting: page === 'main',
    target: 'es2022',
    inject: [pathOf('../ui/jsx.ts')],
    tsconfigRaw: { compilerOptions: jsx },
    legalComments: 'none',
    logLevel: 'silent',
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]))
  const take = (name: string) => {
    const contents = files.get(name) ?? new Uint8Array()
    files.delete(name)
    return contents
  }
  return [take('main.js'), take('main.css'), files, Object.keys(metafile.inputs)]
}
