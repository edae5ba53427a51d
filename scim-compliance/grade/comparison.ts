import { currentId, renamedNote } from '../checks/former-ids.ts'
import type { Outcome, RunSettings, Verdict } from '../run/result.ts'
import { isSelected } from '../run/select.ts'
import { isObject, type Json, type JsonObject } from '../scim.ts'

/** A file isn't valid; the message explains why. */
export class UnreadableFile extends Error {
  override readonly name = 'Unreadable'
}

/** `what` names the file: `known.json`. */
function parseJsonFile(text: string, what: string): Json {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new UnreadableFile(`${what} isn't JSON: ${error instanceof Error ? error.message : error}`)
  }
}

function requireText(object: JsonObject, name: string, where: string): string {
  const value = object[name]
  if (typeof value !== 'string' || value.trim() === '')
    throw new UnreadableFile(`${where} requires "${name}", a string.`)
  return value
}

function requireObjects(value: Json | undefined, where: string): readonly JsonObject[] {
  if (!Array.isArray(value) || !value.every(isObject))
    throw new UnreadableFile(`${where} must be a list of objects.`)
  return value
}

export const reportFormat = 'scim-compliance'
/** Increases if a reader of earlier reports could no longer read it; new members don't count. */
export const reportVersion = 3
const readableVersions: readonly unknown[] = [1, 2, reportVersion]

export type Baseline = {
  readonly ended: string
  readonly percent: number | undefined
  readonly verdicts: ReadonlyMap<string, { readonly verdict: Verdict; readonly description: string }>
}

const worstFirst: readonly Verdict[] = ['failed', 'passed', 'skipped', 'broken']

export function readBaseline(text: string, what: string): Baseline {
  const report = parseJsonFile(text, what)
  if (!isObject(report) || report.format !== reportFormat)
    throw new UnreadableFile(
      `${what} isn't a JSON report of this tool: it requires "format": "${reportFormat}".`,
    )
  if (!readableVersions.includes(report.version))
    throw new UnreadableFile(
      `${what} has version ${JSON.stringify(report.version)}; only 1 to ${reportVersion} are supported.`,
    )
  const percent = isObject(report.score) ? report.score.percent : undefined
  return {
    ended: requireText(report, 'ended', what),
    percent: typeof percent === 'number' ? percent : undefined,
    verdicts: new Map(
      requireObjects(report.checks, `"checks" of ${what}`).map(check =>
        readCheck(check, what, report.version === 1 ? 'says' : 'description'),
      ),
    ),
  }
}

/** Version 1 of the report called the description `says`. */
function readCheck(check: JsonObject, what: string, description: 'says' | 'description') {
  const where = `Each of "checks" of ${what}`
  const verdict = worstFirst.find(one => one === check.verdict)
  if (verdict === undefined)
    throw new UnreadableFile(`${where} requires "verdict", one of passed, failed, skipped, broken.`)
  return [
    requireText(check, 'id', where),
    { verdict, description: requireText(check, description, where) },
  ] as const
}

type Exists = (id: string) => boolean

/** Known failures with the IDs that checks have now; of several that became one, the first. Notes name the former IDs. */
export function updateKnown(
  entries: readonly KnownFailure[],
  exists: Exists,
): { readonly known: readonly KnownFailure[]; readonly notes: readonly string[] } {
  const renamed = new Map(entries.map(entry => [entry, currentId(entry.id, exists)]))
  const byId = Map.groupBy(entries, entry => renamed.get(entry))
  return {
    known: [...byId].flatMap(([id, [first]]) => (id && first ? [{ ...first, id }] : [])),
    notes: entries.flatMap(entry => (renamed.get(entry) === entry.id ? [] : [renamedNote(entry.id)])),
  }
}

/** An earlier report with the IDs that checks have now. Of several that became one, the worst verdict counts. */
export function updateBaseline(
  baseline: Baseline,
  exists: Exists,
): { readonly baseline: Baseline; readonly notes: readonly string[] } {
  const byId = Map.groupBy(baseline.verdicts, ([id]) => currentId(id, exists))
  const rank = ({ verdict }: { readonly verdict: Verdict }) => worstFirst.indexOf(verdict)
  const updated = [...byId].flatMap(([id, entries]) => {
    const [worst] = entries.map(([, then]) => then).toSorted((one, other) => rank(one) - rank(other))
    return worst ? [[id, worst] as const] : []
  })
  const { length } = [...baseline.verdicts.keys()].filter(id => currentId(id, exists) !== id)
  const note = `${length} checks of the earlier report have new IDs or are part of others now, and are compared with those.`
  return { baseline: { ...baseline, verdicts: new Map(updated) }, notes: length === 0 ? [] : [note] }
}

/** Only selected checks are compared; the others weren't run on purpose. */
export function changesSince(
  baseline: Baseline,
  outcomes: readonly Outcome[],
  asked: Pick<RunSettings, 'as' | 'only' | 'skip'>,
) {
  const before = [...baseline.verdicts.keys()]
  const comparable = before.filter(id => isSelected(id, asked))
  const then = (id: string) => baseline.verdicts.get(id)?.verdict
  const now = new Map(outcomes.map(({ check, verdict }) => [check.id, verdict]))
  const ids = [...now.keys()]
  const looked = (verdict: Verdict | undefined) => verdict === 'passed' || verdict === 'failed'
  return {
    /** When the earlier run ended. */
    since: baseline.ended,
    /** Undefined also if the earlier run contained more checks than this one selects. */
    percentThen: comparable.length === before.length ? baseline.percent : undefined,
    newFailures: ids.filter(
      id => now.get(id) === 'failed' && then(id) !== undefined && then(id) !== 'failed',
    ),
    fixed: ids.filter(id => now.get(id) === 'passed' && then(id) === 'failed'),
    /** Whatever their outcome. */
    newChecks: ids.filter(id => then(id) === undefined),
    /** Those that passed or failed earlier, and weren't or couldn't be run now. */
    noLongerSeen: comparable.filter(id => looked(then(id)) && !looked(now.get(id))),
  }
}

export type KnownFailure = { readonly id: string; readonly reason: string }

/** Reads `[{ "id": "rfc/create/answers-201", "reason": "…" }]`. */
export function readKnown(text: string, what: string): readonly KnownFailure[] {
  const list = requireObjects(parseJsonFile(text, what), what)
  const entries = list.map((entry, index) => {
    const where = `Entry ${index + 1} of ${what}`
    return { id: requireText(entry, 'id', where), reason: requireText(entry, 'reason', where) }
  })
  const twice = entries.find(({ id }, index) => entries.findIndex(other => other.id === id) !== index)
  if (twice) throw new UnreadableFile(`${what} contains "${twice.id}" twice.`)
  return entries
}

export function compareWithKnown(known: readonly KnownFailure[], outcomes: readonly Outcome[]) {
  const verdicts = new Map(outcomes.map(({ check, verdict }) => [check.id, verdict]))
  const those = (...wanted: readonly (Verdict | undefined)[]) =>
    known.filter(({ id }) => wanted.includes(verdicts.get(id)))
  return {
    standing: those('failed'),
    /** Their entries can be removed. */
    outdated: those('passed'),
    /** Or not selected. */
    unseen: those('skipped', 'broken', undefined),
  }
}
