import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const entryPoints = { main: '../ui/main.tsx', 'session-viewer': '../ui/session-viewer/main.tsx' } as const

/** The page of the console, or the viewer of session files. */
export type PageName = keyof typeof entryPoints

/** A page's script and style, bundled and made small. */
export async function bundlePage(
  page: PageName = 'main',
): Promise<readonly [script: Uint8Array, style: Uint8Array]> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entryPoints[page], import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    outdir: 'ui',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
  })
  const contentsOf = (extension: string) =>
    outputFiles.find(({ path }) => path.endsWith(extension))?.contents ?? new Uint8Array()
  return [contentsOf('.js'), contentsOf('.css')]
}
