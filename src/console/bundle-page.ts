import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const entryPoints = { main: '../ui/main.tsx', 'session-viewer': '../ui/session-viewer/main.tsx' } as const

export type PageName = keyof typeof entryPoints

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

// Calls of `h` are shorter than those of the runtime that TypeScript checks the pages with.
const jsx = { jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'Fragment' } as const

export async function bundlePage(
  page: PageName = 'main',
  libraries: 'bundle' | 'external' = 'bundle',
): Promise<readonly [script: Uint8Array, style: Uint8Array]> {
  const { outputFiles } = await build({
    entryPoints: [pathOf(entryPoints[page])],
    bundle: true,
    packages: libraries,
    minify: true,
    write: false,
    outdir: 'ui',
    format: 'esm',
    target: 'es2022',
    inject: [pathOf('../ui/jsx.ts')],
    tsconfigRaw: { compilerOptions: jsx },
    legalComments: 'none',
    logLevel: 'silent',
  })
  const contentsOf = (extension: string) =>
    outputFiles.find(({ path }) => path.endsWith(extension))?.contents ?? new Uint8Array()
  return [contentsOf('.js'), contentsOf('.css')]
}
