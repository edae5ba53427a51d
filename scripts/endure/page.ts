import { cpus, totalmem } from 'node:os'
import { table } from '../markdown-table.ts'
import type { Outcome } from './run.ts'

const head = `# Endurance

How the server behaves under load, crashes, full disks and invalid requests, measured by \`npm run endure -- --write\`. Each
section shows one run on one machine. The figures are an indication, not a guarantee. Headings name the full size of a trial,
the tables the size that was run. CI runs \`npm run endure -- --short\`. \`--only kill,slow\` selects trials, and
\`--factor 0.1\` runs a tenth of each. A failed trial does not change this page.

Live memory is the server's heap after a full garbage collection; it must stay bounded. Resident memory is measured by the
operating system. It rises to several hundred MB and stays there, because V8 delays garbage collection and SQLite caches up
to 64 MiB of pages.
`

const beginning = (id: string) => `<!-- ${id}:start -->`
const ending = (id: string) => `<!-- ${id}:end -->`

/** The hardware of this machine. */
export const describeMachine = (): string => {
  const processors = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${memory} GiB, ${process.platform}, Node.js ${process.versions.node}`
}

/** A section of the page. */
function sectionOf({ trial, seconds, figures, skipped }: Outcome, machine: string): string {
  const body =
    skipped === undefined
      ? `${table(['measured', 'value'], figures)}\n\n${duration(seconds)} on ${machine}.`
      : `Skipped: ${skipped}`
  return `${beginning(trial.id)}\n## ${trial.title}\n\n${trial.statement}\n\n${body}\n${ending(trial.id)}`
}

const duration = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`

/** The page with the sections of these outcomes replaced, and all sections in the order of `ids`. */
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
