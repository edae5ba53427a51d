import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The programs that can build the image, in order of preference. */
export const builders = ['docker', 'podman', 'buildah'] as const
/** Those that can run it as well. */
export const runners = ['docker', 'podman'] as const

/** The source of an image, for its labels and tags. */
type Source = { readonly version: string; readonly revision: string | undefined }

/** Returns the first of these engines that has a program in a folder of PATH. Throws if there is none. */
export function findEngine<Engine extends string>(engines: readonly Engine[], path = ''): Engine {
  const folders = path.split(delimiter).filter(Boolean)
  const found = engines.find(engine => folders.some(folder => isProgram(join(folder, engine))))
  if (found) return found
  throw new Error(
    `No container engine found: install ${engines.slice(0, -1).join(', ')} or ${engines.at(-1)}. Without one, \`npm run image:replay\` runs the Dockerfile's lines in an empty folder.`,
  )
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Returns an engine's arguments; `more` are the user's own and come last, so that they override these. */
export function buildArguments(engine: string, source: Source, more: readonly string[]): readonly string[] {
  const labels = Object.entries(source).filter(([, value]) => value !== undefined)
  return [
    'build',
    // The default format, OCI, has no health check.
    ...(engine === 'docker' ? [] : ['--format', 'docker']),
    ...[source.version, 'latest'].flatMap(tag => ['--tag', `scimulator:${tag}`]),
    ...labels.flatMap(([name, value]) => ['--label', `org.opencontainers.image.${name}=${value}`]),
    ...more,
    '.',
  ]
}
