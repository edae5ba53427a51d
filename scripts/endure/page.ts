import { cpus, totalmem } from 'node:os'
import { table } from '../markdown-table.ts'
import type { Outcome } from './run.ts'

const head = `# Endurance

What the server stands, as \`npm run endure -- --write\` has measured it. Each section is of one run on one machine, which
it names: the figures say what to expect, not what to promise. Headings name the full size, and the tables what was run.
\`npm run endure -- --short\` is what CI runs; \`--only kill,slow\` runs some, and \`--factor 0.1\` a tenth of everything. A
trial that finds what it shows not to be so fails, and has no figures here.

Live memory is what is left of the server's heap after a full collection: it may not grow on and on. Resident memory is
what the system counts; V8 collects when it pleases and SQLite keeps up to 64 MiB of pages, so it rises to some hundreds
of MB and stays there.
`

const beginning = (id: string) => `<!-- ${id}:start -->`
const ending = (id: string) => `<!-- ${id}:end -->`

/** The hardware of this machine. */
export const machineInWords = (): string => {
  const processors = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${memory} GiB, ${process.platform}, Node.js ${process.versions.node}`
}

/** A section of the page. */
export function sectionOf({ trial, seconds, figures, skipped }: Outcome, machine: string): string {
  const tried =
    skipped === undefined
      ? `${table(['measured', 'value'], figures)}\n\n${duration(seconds)} on ${machine}.`
      : `Not tried: ${skipped}`
  return `${beginning(trial.id)}\n## ${trial.title}\n\n${trial.shows}\n\n${tried}\n${ending(trial.id)}`
}

const duration = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`

/** The page with the sections of these outcomes in place of the ones it had; the others stay, in the order of `ids`. */
export function pageWith(
  page: string,
  outcomes: readonly Outcome[],
  ids: readonly string[],
  machine: string,
): string {
  const sections = ids.flatMap(id => {
    const outcome = outcomes.find(one => one.trial.id === id && one.failure === undefined)
    const section = outcome ? sectionOf(outcome, machine) : sectionIn(page, id)
    return section === undefined ? [] : [section]
  })
  return `${[head.trim(), ...sections].join('\n\n')}\n`
}

function sectionIn(page: string, id: string): string | undefined {
  const from = page.indexOf(beginning(id))
  const to = page.indexOf(ending(id))
  return from < 0 || to < 0 ? undefined : page.slice(from, to + ending(id).length)
}
