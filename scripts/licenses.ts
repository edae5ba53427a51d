import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Packages without a license file; package.json names the license. */
const licenseNamed: ReadonlySet<string> = new Set(['abstract-logging', 'pg-types', 'pgpass'])

/**
 * The licenses of the packages that these files belong to, in one text: each text of a license once, below the packages that
 * have it. Throws an error for a package without a license file that is not known for that.
 */
export function licensesOf(files: readonly string[]): string {
  const folders = new Set(files.flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))
  const packages = new Map<string, Set<string>>()
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const text = licenseFileIn(folder) ?? (licenseNamed.has(name) ? `License: ${license}` : undefined)
    if (text === undefined) throw new Error(`${folder} has no license file.`)
    const named = packages.get(text) ?? new Set()
    packages.set(text, named.add(`${name} ${version}`))
  }
  const sections = [...packages].map(([text, named]) => `${[...named].join('\n')}\n\n${text}`)
  return `Scimulator contains these packages:\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function licenseFileIn(folder: string): string | undefined {
  const name = readdirSync(folder).find(name => /^licen[cs]e/i.test(name))
  return name && `${readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim()}\n`
}
