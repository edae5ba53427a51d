import type { Reality, RealityFinding } from '../../domain/contract/reality.ts'
import type { Switch } from '../../profiles/profile.ts'
import type { Difference } from './compare.ts'
import type { Switches } from './mirror.ts'

/** A GET that shows the switch of the profile `aws`. The others show in writes only. */
export const shownBy: Readonly<Record<string, string>> = {
  profileUrl: 'GET /Users/{id of a user with a profileUrl}',
  membersOnRead: 'GET /Groups/{id}',
  detail: 'GET /Users?filter=title eq "…"',
  pageSize: 'GET /Users?count=100, if there are more than 50 users',
  totalResults: 'GET /Users?count=1, if there are two users',
  memberFilter: 'GET /Groups?filter=id eq "…" and member eq "…", and the same with members',
  membershipFilter: 'GET /Groups?filter=members[value eq "…"]',
  unsupportedParameters: 'GET /Users?startIndex=1',
  countAbovePage: 'GET /Users?count=1000',
  countOutOfRange: 'GET /Users?count=0',
  emptyCursorWithFilter: 'GET /Groups?filter=displayName eq "…"&cursor=',
  idWithMembersValue: 'GET /Groups?filter=id eq "…" and members.value eq "…"',
  letterCase:
    'GET /Users?filter=userName eq "…", with a userName in other letter case, and GET /Users/{id} of the user',
  retryAfter: 'GET /Users, more often than 40 times a second',
  resourceTypeByName: 'GET /ResourceTypes/User',
}

/** What is predicted with these switches: equal responses have equal keys. */
export type Predict = (
  switches: Switches,
) => Promise<{ readonly key: string; readonly differences: readonly Difference[] }>

/** The values with which a response is predicted. All rows have the switches `ids`, in this order. */
type Constraint = { readonly ids: readonly string[]; readonly rows: readonly Switches[] }

/** `rest` is the number of differences that no value removes: they have another reason. */
type Search = Constraint & { readonly rest: number }

type Domains = ReadonlyMap<string, ReadonlySet<string>>

/** Each alternative has the values that differ from the documented ones. */
export type Found = Omit<RealityFinding, 'explainedBy' | 'contradicted' | 'decide'> & {
  readonly alternatives: readonly Switches[]
}

/** For a difference: a tenth of a second. */
const maxEvaluations = 500
const maxConstraints = 500
const maxAlternatives = 8

/**
 * The values that the switches of the upstream can have. Each response excludes the combinations that predict another one, so a
 * value that is left alone is the only one that predicts all of the traffic.
 */
export function createSwitchSearch(switches: readonly Switch[], documented: Switches) {
  const shown = switches.filter(({ id }) => shownBy[id] !== undefined)
  let constraints: readonly Constraint[] = []
  const contradicted = new Set<string>()
  const excludedBy = new Map<string, number>()
  let possible: Domains = new Map(shown.map(({ id, values }) => [id, new Set(values)]))
  const all = possible

  const isPossible = ([id, value]: readonly [string, string]) =>
    !contradicted.has(id) && possible.get(id)?.has(value) === true
  const isOpenIn = (constraint: Constraint) => (id: string) => dependsOn(constraint, id, possible)

  /** The documented values, unless they are excluded. */
  const believed = (): Switches =>
    Object.fromEntries(
      Object.entries(documented).map(([id, usual]) => {
        const left = possible.get(id) ?? new Set([usual])
        return [id, left.has(usual) ? usual : ([...left][0] ?? usual)]
      }),
    )

  /** The switches on which the response depends, and alternatives that predict it. None if nothing does. */
  async function search(predict: Predict, request: number): Promise<Constraint> {
    const start = believed()
    const budget = { evaluations: maxEvaluations }
    const expected = await findConstraint(predict, start, possible, budget)
    // Another response may have excluded what predicts this one.
    const any = expected?.rest === 0 ? undefined : await findConstraint(predict, documented, all, budget)
    const found = any && !(expected && expected.rest <= any.rest) ? any : expected
    if (!found) return { ids: [], rows: [] }
    const ids = found.ids.filter(id => dependsOn(found, id, all))
    const narrowed = narrow(possible, [...constraints, found])
    if (narrowed) {
      for (const [id, values] of possible)
        for (const value of values)
          if (!narrowed.get(id)?.has(value)) excludedBy.set(`${id}=${value}`, request)
      possible = narrowed
      constraints = [...constraints, found]
        .filter(one => one.ids.some(isOpenIn(one)))
        .slice(0, maxConstraints)
    } else for (const id of found.ids) contradicted.add(id)
    return { ids, rows: found.rows.slice(0, maxAlternatives).map(row => ({ ...start, ...row })) }
  }

  /** The fewest switches of each row that remove the difference without adding another one. */
  async function explain(
    difference: Difference,
    base: readonly Difference[],
    rows: readonly Switches[],
    predict: Predict,
  ): Promise<readonly Switches[]> {
    const allowed = new Set(base.map(textOf))
    allowed.delete(textOf(difference))
    const explains = async (chosen: Switches) =>
      (await predict(chosen)).differences.every(one => allowed.has(textOf(one)))
    const found = new Map<string, Switches>()
    for (const row of rows) {
      if (!(await explains(row))) continue
      let kept = row
      for (const [id, value] of Object.entries(row)) {
        const without = { ...kept, [id]: documented[id] ?? value }
        if (value !== documented[id] && (await explains(without))) kept = without
      }
      const changed = Object.entries(kept).filter(([id, value]) => documented[id] !== value)
      found.set(JSON.stringify(changed), Object.fromEntries(changed))
    }
    return [...found.values()]
  }

  /** With the alternatives that no other response excludes. */
  function judge({ alternatives, ...finding }: Found): RealityFinding {
    const explainedBy = alternatives.filter(one => Object.entries(one).every(isPossible))
    const excluded = new Map(alternatives.flatMap(one => Object.entries(one)).filter(one => !isPossible(one)))
    const undecided = Object.keys(Object.assign({}, ...explainedBy)).find(
      id => new Set(explainedBy.map(one => one[id])).size > 1,
    )
    return {
      ...finding,
      explainedBy,
      contradicted: [...excluded].map(([id, value]) => ({
        switch: id,
        value,
        by: excludedBy.get(`${id}=${value}`) ?? 0,
      })),
      ...(undecided !== undefined && { decide: shownBy[undecided] }),
    }
  }

  /** `requests` are those that depended on a switch. */
  const states = (requests: ReadonlyMap<string, number>): Reality['switches'] =>
    switches.map(({ id, values: known }) => {
      const values = [...(possible.get(id) ?? known)]
      const [first, ...others] = values
      const usual = documented[id] ?? ''
      const single = first === usual ? 'confirmed' : 'named'
      const several =
        values.length < known.length || constraints.some(one => isOpenIn(one)(id))
          ? 'ambiguous'
          : 'not-exercised'
      const state = contradicted.has(id) ? 'contradicted' : others.length === 0 ? single : several
      return {
        ...{ id, documented: usual, values, requests: requests.get(id) ?? 0, state },
        ...(state === 'named' && { seen: first }),
        ...(others.length > 0 && shownBy[id] !== undefined && { decide: shownBy[id] }),
      }
    })

  return { search, explain, judge, states, believed }
}

/** Undefined if nothing predicts the response, or if there are too many combinations. */
async function findConstraint(
  predict: Predict,
  start: Switches,
  domains: Domains,
  budget: { evaluations: number },
): Promise<Search | undefined> {
  const changes: readonly Switches[] = [...domains].flatMap(([id, values]) =>
    [...values].filter(value => value !== start[id]).map(value => ({ [id]: value })),
  )
  // Some matter only together, as a longest page and what happens above it do.
  const pairs = changes.flatMap((one, at) => changes.slice(at + 1).map(other => ({ ...one, ...other })))
  const ids = new Set<string>()
  // What a switch changes may depend on another one.
  for (let frontier = [start]; frontier.length > 0; ) {
    const next: Switches[] = []
    for (const from of frontier) {
      const { key } = await predict(from)
      for (const change of from === start ? [...changes, ...pairs] : changes) {
        const changed = { ...from, ...change }
        if (Object.keys(change).some(id => ids.has(id)) || budget.evaluations-- <= 0) continue
        if ((await predict(changed)).key === key) continue
        for (const id of Object.keys(change)) ids.add(id)
        next.push(changed)
      }
    }
    frontier = next
  }

  let rows: readonly Switches[] = [{}]
  for (const id of ids) {
    rows = rows.flatMap(row => [...(domains.get(id) ?? [])].map(value => ({ ...row, [id]: value })))
    if (rows.length > budget.evaluations) return undefined
  }
  budget.evaluations -= rows.length
  let constant = new Set((await predict(start)).differences.map(textOf))
  const left: { readonly row: Switches; readonly texts: ReadonlySet<string> }[] = []
  for (const row of rows) {
    const { differences } = await predict({ ...start, ...row })
    if (differences.some(({ kind }) => kind === 'status')) continue
    const texts = new Set(differences.map(textOf))
    constant = new Set([...constant].filter(text => texts.has(text)))
    left.push({ row, texts })
  }
  const matching = left.filter(({ texts }) => texts.size === constant.size).map(({ row }) => row)
  return matching.length === 0 ? undefined : { ids: [...ids], rows: matching, rest: constant.size }
}

const textOf = (difference: Difference): string => JSON.stringify(difference)

/** Undefined if no values meet all constraints. */
function narrow(domains: Domains, constraints: readonly Constraint[]): Domains | undefined {
  const next = new Map(domains)
  for (let isChanged = true; isChanged; ) {
    isChanged = false
    for (const constraint of constraints) {
      const rows = rowsWithin(constraint, next)
      if (rows.length === 0) return undefined
      for (const id of constraint.ids) {
        const values = new Set(rows.flatMap(row => row[id] ?? []))
        isChanged ||= values.size < (next.get(id)?.size ?? 0)
        next.set(id, values)
      }
    }
  }
  return next
}

const rowsWithin = ({ rows }: Constraint, domains: Domains): readonly Switches[] =>
  rows.filter(row => Object.entries(row).every(([id, value]) => domains.get(id)?.has(value)))

/** Whether another value of the switch alone leads to a combination that predicts something else. */
function dependsOn(constraint: Constraint, id: string, domains: Domains): boolean {
  if (!constraint.ids.includes(id)) return false
  const rows = rowsWithin(constraint, domains)
  const texts = new Set(rows.map(row => JSON.stringify(row)))
  return rows.some(row =>
    [...(domains.get(id) ?? [])].some(value => !texts.has(JSON.stringify({ ...row, [id]: value }))),
  )
}
