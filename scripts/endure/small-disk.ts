import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

type SmallDisk = {
  readonly path: string
  grow(megabytes: number): void
  readOnly(): void
  unmount(): void
}

/** Mounts a disk of this size in memory below the folder; undefined without permission to mount. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk | undefined {
  const path = `${folder}/disk`
  mkdirSync(path)
  const mount = (options: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' })
  try {
    mount(`size=${megabytes}m`)
  } catch {
    return undefined
  }
  return {
    path,
    grow: to => void mount(`remount,size=${to}m`),
    readOnly: () => void mount('remount,ro'),
    unmount: () => void execFileSync('umount', [path], { stdio: 'pipe' }),
  }
}
