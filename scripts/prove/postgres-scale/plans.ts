import { readFileSync } from 'node:fs'

/**
 * The parameters of a URL that make the server write the plan of each statement of a session to its log. For administrators only. All
 * rows of a small table that has those of one tenant are read faster without an index: here they are not, as with many tenants.
 */
export function explaining(url: string): string {
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_format': 'json',
    enable_seqscan: 'off',
  }
  const explained = new URL(url)
  explained.searchParams.set(
    'options',
    Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  )
  return explained.href
}

type Node = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Node[]
}

type LoggedPlan = { readonly text: string; readonly plan: Node }

const logged = /LOG: {2}duration: [\d.]+ ms {2}plan:\n((?:\t.*\n)+)/g

/** The plans in the log of a server since a position, and the next position. */
export function readPlans(
  log: string,
  from: number,
): { readonly plans: readonly LoggedPlan[]; readonly end: number } {
  const written = readFileSync(log).subarray(from)
  // The last lines may be incomplete.
  const end = written.lastIndexOf('\n') + 1
  const plans = [...written.toString('utf8', 0, end).matchAll(logged)].map(([, lines = '']) => {
    const { 'Query Text': text, Plan: plan } = JSON.parse(lines)
    return { text, plan }
  })
  return { plans, end: from + end }
}

/** Access to a table, by an index or by reading all of it. */
export type Access = { readonly table: string; readonly index?: string; readonly condition?: string }

const scans = ['Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan']

export function accessesOf(node: Node): readonly Access[] {
  const children = node.Plans ?? []
  const { 'Relation Name': table, 'Node Type': type } = node
  if (table === undefined || !scans.includes(type)) return children.flatMap(accessesOf)
  const source = type === 'Bitmap Heap Scan' ? children[0] : node
  const { 'Index Name': index, 'Index Cond': condition } = source ?? node
  const own = { table, ...(index !== undefined && { index }), ...(condition !== undefined && { condition }) }
  return [own, ...(type === 'Bitmap Heap Scan' ? [] : children).flatMap(accessesOf)]
}

/** `(tenant = x.tenant)`, alone or as the first of several conditions. */
export const beginsWithTenant = ({ condition = '' }: Access): boolean => /^\(+tenant = /.test(condition)
