import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { constants, zstdCompressSync } from 'node:zlib'

/**
 * Makes a single executable of the build, for the system and with the Node.js that this script runs on (Node.js,
 * "Single executable applications"). On Linux it needs `strip` to be 20 MB smaller.
 *
 *   npm run executable [-- --out FILE]
 */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: process.platform === 'win32' ? 'scimulator.exe' : 'scimulator' },
  },
})
const root = join(import.meta.dirname, '..')
/** It has no types. */
const { inject }: Postject = createRequire(import.meta.url)('postject')
const folder = mkdtempSync(join(tmpdir(), 'scimulator-executable-'))
try {
  const packed = pack(programFiles())
  const assets = { program: join(folder, 'program'), hash: join(folder, 'hash') }
  writeFileSync(
    assets.program,
    zstdCompressSync(packed, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  )
  writeFileSync(assets.hash, createHash('sha256').update(packed).digest('hex'))
  const config = join(folder, 'sea.json')
  const blob = join(folder, 'blob')
  const settings = {
    main: join(import.meta.dirname, 'executable', 'launcher.cjs'),
    output: blob,
    disableExperimentalSEAWarning: true,
    // NODE_OPTIONS of another program, such as `--require`, would end this one.
    execArgvExtension: 'none',
    assets,
  }
  writeFileSync(config, JSON.stringify(settings))
  execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'inherit' })
  copyNode(values.out)
  await inject(values.out, 'NODE_SEA_BLOB', readFileSync(blob), {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
    ...(process.platform === 'darwin' && { machoSegmentName: 'NODE_SEA' }),
  })
  if (process.platform === 'darwin') execFileSync('codesign', ['--sign', '-', values.out])
  console.log(`${values.out}: ${(statSync(values.out).size / 1e6).toFixed(1)} MB, Node.js ${process.version}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

type Postject = {
  readonly inject: (
    file: string,
    name: string,
    bytes: Buffer,
    options: { readonly sentinelFuse: string; readonly machoSegmentName?: string },
  ) => Promise<void>
}

/** The files of the package and of its dependency, by their paths in the cache folder. */
function programFiles(): ReadonlyMap<string, Buffer> {
  const sqlite = dirname(dirname(fileURLToPath(import.meta.resolve('better-sqlite3'))))
  return new Map([
    ['package.json', readFileSync(join(root, 'package.json'))],
    // The program has top-level `await`, which `require` does not load.
    ['boot.cjs', Buffer.from(`import('./dist/cli/scimulator.js')\n`)],
    ...['dist', 'migrations', 'samples', 'scenarios'].flatMap(name => filesIn(join(root, name), name)),
    ...['package.json', 'LICENSE', 'lib', `prebuilds/${process.platform}-${process.arch}.node`].flatMap(
      name => filesIn(join(sqlite, name), `node_modules/better-sqlite3/${name}`),
    ),
  ])
}

function filesIn(path: string, name: string): readonly (readonly [name: string, content: Buffer])[] {
  if (statSync(path).isFile()) return [[name, readFileSync(path)]]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => {
      const file = join(entry.parentPath, entry.name)
      return [`${name}/${relative(path, file).split(sep).join('/')}`, readFileSync(file)]
    })
}

/** As the launcher reads it. */
function pack(files: ReadonlyMap<string, Buffer>): Buffer {
  const list = Buffer.from(JSON.stringify([...files].map(([name, { length }]) => [name, length])))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(list.length)
  return Buffer.concat([length, list, ...files.values()])
}

/** The blob is injected afterwards: stripping would remove it, and a signature would not match. */
function copyNode(file: string): void {
  copyFileSync(process.execPath, file)
  chmodSync(file, 0o755)
  if (process.platform === 'linux') spawnSync('strip', [file])
  if (process.platform === 'darwin') execFileSync('codesign', ['--remove-signature', file])
  if (process.platform === 'win32') spawnSync('signtool', ['remove', '/s', file])
}
