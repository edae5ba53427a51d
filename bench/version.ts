import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isBuildCurrent } from '../bin/sources.js'

/** A checkout of Scimulator. */
export type Version = { readonly root: string; readonly isBuilt: boolean }

export const ownRoot = join(import.meta.dirname, '..')

const isCheckout = (folder: string): boolean => existsSync(join(folder, 'bin/scimulator.js'))

export function checkoutAt(folder: string): Version {
  const root = resolve(folder)
  if (!isCheckout(root)) throw new Error(`${root} is not a checkout of Scimulator`)
  return { root, isBuilt: isBuildCurrent(root) }
}

/**
 * The checkout in a folder, or of a revision of this repository: its files are written below `temporary`, with the packages of this
 * checkout, and built if `shouldBuild`.
 */
export function openVersion(place: string, temporary: string, shouldBuild: boolean): Version {
  if (isCheckout(place)) return checkoutAt(place)
  const root = join(temporary, 'base')
  const archive = join(temporary, 'base.tar')
  mkdirSync(root)
  run('git', ['archive', '--output', archive, place], ownRoot)
  run('tar', ['-xf', archive], root)
  symlinkSync(realpathSync(join(ownRoot, 'node_modules')), join(root, 'node_modules'))
  if (shouldBuild) run(process.execPath, ['scripts/build.ts'], root)
  return checkoutAt(root)
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0)
    throw new Error(`"${command} ${args.join(' ')}" failed: ${error?.message ?? `status ${status}`}`)
}
