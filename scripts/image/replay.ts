import { spawnSync } from 'node:child_process'
import { constants, cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { type Instruction, readDockerfile, type Stage } from './dockerfile.ts'

/** The root of the last stage, and the command of its container. */
type Replayed = {
  readonly workdir: string
  readonly environment: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
}

type ReplayOptions = {
  /** The build context: the folder with the Dockerfile. */
  readonly context: string
  /** An empty folder; each stage gets a root directory below it. */
  readonly target: string
  /** `npm ci` only checks that it can install what the lockfile names; these packages are copied from the context, where it has run. */
  readonly copiesPackages?: boolean
  readonly log: (line: string) => void
}

type Root = { readonly path: string; workdir: string }

/**
 * Runs the COPY and RUN lines of the Dockerfile in an empty folder, one root directory per stage, and so detects missing
 * files without a container engine. RUN lines must stay inside their WORKDIR. Throws with the line that fails.
 */
export function replayDockerfile({ context, target, copiesPackages = false, log }: ReplayOptions): Replayed {
  const ignored = ignoredIn(context)
  const roots = new Map<string, Root>()
  const environment: Record<string, string> = {}
  let entrypoint: readonly string[] = []
  let root: Root = { path: target, workdir: '/' }
  for (const [at, stage] of readDockerfile(readFileSync(`${context}/Dockerfile`, 'utf8')).entries()) {
    root = { path: join(target, stage.name ?? `stage-${at}`), workdir: '/' }
    mkdirSync(root.path, { recursive: true })
    roots.set(stage.name ?? String(at), root)
    perform(stage, root)
  }
  return { workdir: join(root.path, root.workdir), environment, entrypoint }

  function perform(stage: Stage, root: Root): void {
    for (const instruction of stage.instructions) {
      const { name, rest, line } = instruction
      log(`${line}: ${name} ${rest}`)
      if (name === 'WORKDIR') enter(root, rest)
      else if (name === 'COPY') copy(instruction, root)
      else if (name === 'RUN') run(instruction, root)
      else if (name === 'ENV') Object.assign(environment, variablesIn(rest))
      else if (name === 'ENTRYPOINT') entrypoint = JSON.parse(rest)
      else if (!['USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'LABEL'].includes(name))
        throw new Error(`Dockerfile:${line}: ${name} is not replayed`)
    }
  }

  function copy({ rest, line }: Instruction, root: Root): void {
    const words = rest.split(/\s+/)
    const from = words.find(word => word.startsWith('--from='))?.slice('--from='.length)
    const paths = words.filter(word => !word.startsWith('--'))
    const to = paths.pop() ?? '.'
    const base = from === undefined ? context : roots.get(from)?.path
    if (base === undefined) throw new Error(`Dockerfile:${line}: no stage "${from}"`)
    const destination = join(root.path, resolve(root.workdir, to))
    for (const path of paths) {
      const source = join(base, path)
      const isIgnored = from === undefined && ignored(relative(context, source))
      if (isIgnored || !existsSync(source)) throw new Error(`Dockerfile:${line}: ${path} does not exist`)
      const intoFolder = to.endsWith('/') && !statSync(source).isDirectory()
      cpSync(source, intoFolder ? join(destination, basename(path)) : destination, {
        recursive: true,
        verbatimSymlinks: true,
        filter: file => from !== undefined || !ignored(relative(context, file)),
      })
    }
  }

  function run({ rest, line }: Instruction, root: Root): void {
    const cwd = join(root.path, root.workdir)
    const isCopied = copiesPackages && rest.startsWith('npm ci ')
    const { status } = spawnSync('sh', ['-ec', isCopied ? `${rest} --dry-run > /dev/null` : rest], {
      cwd,
      stdio: 'inherit',
    })
    if (status !== 0) throw new Error(`Dockerfile:${line}: \`${rest}\` failed with exit code ${status}`)
    if (isCopied) copyPackages(context, cwd)
  }
}

/** Copies what `npm ci --ignore-scripts` installs. */
function copyPackages(context: string, target: string): void {
  const packagesIn = (file: string): Record<string, { readonly version?: string }> =>
    JSON.parse(readFileSync(file, 'utf8')).packages
  const installed = packagesIn(`${context}/node_modules/.package-lock.json`)
  const other = Object.entries(packagesIn(`${target}/package-lock.json`)).filter(
    ([path, { version }]) =>
      existsSync(`${context}/${path}`) &&
      path.startsWith('node_modules/') &&
      installed[path]?.version !== version,
  )
  if (other.length > 0) throw new Error(`Run npm ci first: ${other[0]?.[0]} has another version.`)
  cpSync(`${context}/node_modules`, `${target}/node_modules`, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: file => !madeLater.includes(relative(`${context}/node_modules`, file)),
  })
}

/** By an install script, and by the tests. */
const madeLater = ['node/bin', '.cache']

function enter(root: Root, path: string): void {
  root.workdir = resolve(root.workdir, path)
  mkdirSync(join(root.path, root.workdir), { recursive: true })
}

const variablesIn = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]))

/** The entries of .dockerignore, which names files and folders of the root only. */
function ignoredIn(context: string): (path: string) => boolean {
  const names = readFileSync(`${context}/.dockerignore`, 'utf8').split('\n').filter(Boolean)
  return path => names.includes(path.split('/')[0] ?? '')
}
