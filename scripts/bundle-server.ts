import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import { leanDependencies } from './lean-dependencies.ts'

/** What starts the build, by its place in the build: packages and images name these. */
const programs = { 'cli/scimulator': 'server/cli/scimulator.ts', index: 'index.ts' }

/** How a module names the file of its thread, which has the extension of the module itself. */
const threadName = /new URL\(`(\.\/[\w-]+)\$\{extname\(/g

/** A path as URLs have it. */
const toUrlPath = (path: string): string => path.split(sep).join('/')

/**
 * Bundles the sources with their dependencies into a folder, from which the server starts with less CPU time: it loads some fifty files
 * instead of several hundred, and an installed package is 3 packages instead of 119. What is imported on demand stays in files of its
 * own. Returns the files of dependencies that are in it. Throws an error if a module would look for its files in the wrong place.
 */
export async function bundleServer(sources: string, folder: string): Promise<readonly string[]> {
  const modules = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .map(toUrlPath)
    .filter(path => /\.ts$/.test(path) && !path.startsWith('ui/'))
  const threads = modules.flatMap(path => threadsOf(sources, path))
  const { metafile } = await build({
    entryPoints: [...Object.entries(programs), ...threads].map(([out, path]) => ({
      out,
      in: join(sources, path),
    })),
    bundle: true,
    splitting: true,
    external: [
      'better-sqlite3',
      '@aws-sdk/*',
      'pg-native',
      // Only a checkout bundles the pages, and it has the sources.
      './bundle-page.ts',
    ],
    // Its main file is UMD, whose modules a bundler can't find.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    banner: {
      // CommonJS dependencies require built-in modules, and some name their folder.
      js: `import{createRequire as createRequireOf}from'node:module';const require=createRequireOf(import.meta.url),__dirname=import.meta.dirname;`,
    },
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    outbase: sources,
    outdir: folder,
    chunkNames: `${chunkFolder}/[name]-[hash]`,
    plugins: [keepPlaces(sources), leanDependencies],
    metafile: true,
    logLevel: 'error',
  })
  requirePlaces(metafile, folder)
  return Object.keys(metafile.inputs).filter(path => path.includes('node_modules/'))
}

/** Bundles the compliance suite, which has no dependencies, into one file that exports `main`. */
export const bundleSuite = (suite: string, folder: string): Promise<unknown> =>
  build({
    entryPoints: [join(suite, 'main.ts')],
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    logLevel: 'error',
  })

/** All bundled modules with an address are one folder below the root. */
const chunkFolder = 'chunks'

const threadsOf = (sources: string, module: string): readonly (readonly [string, string])[] =>
  [...readFileSync(join(sources, module), 'utf8').matchAll(threadName)].map(([, name]) => {
    const thread = toUrlPath(join(dirname(module), `${name}`))
    return [thread, `${thread}.ts`]
  })

/** Modules find other files relative to themselves: a bundled one does as if it were where the compiler would have put it. */
const keepPlaces = (sources: string): Plugin => ({
  name: 'keep-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return undefined
      const place = `../${toUrlPath(relative(sources, path)).replace(/\.ts$/, '.js')}`
      const url = `new URL(${JSON.stringify(place)}, import.meta.url).href`
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' }
    })
  },
})

function requirePlaces({ outputs }: Metafile, folder: string): void {
  for (const [file, { inputs }] of Object.entries(outputs)) {
    if (toUrlPath(relative(folder, file)).split('/').length === 2) continue
    for (const [source, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0 && readFileSync(source, 'utf8').includes('import.meta.url'))
        throw new Error(`${source} uses its address, and would be in ${file}, which isn't one folder deep.`)
    }
  }
}
