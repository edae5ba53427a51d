import { useEffect, useMemo, useState } from 'preact/hooks'
import type { AccessEntry } from '../../../domain/contract/access.ts'
import { day } from '../../../domain/duration.ts'
import { type ApiProblem, call } from '../../api.ts'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { ProblemBox } from '../../components/feedback.tsx'
import { When } from '../../components/row.tsx'
import { QuerySelect } from '../../components/views.tsx'
import { toApiProblem } from '../../load.ts'
import { query } from '../../router.ts'
import { clockLead } from '../../state.ts'
import { accessColumns, entryKey, fileOf } from './access-table.tsx'

type Change = AccessEntry & { readonly change: 'gained' | 'lost' }

const periods = { 1: 'Last day', 7: 'Last 7 days', 30: 'Last 30 days', 90: 'Last 90 days', 365: 'Last year' }

type Props = { readonly tenant: string; readonly at: string | undefined }

/** Who has access at the end of a period and not at its start, or the reverse, whatever the cause. */
export function Changes({ tenant, at }: Props) {
  const asked = query.value.get('period') ?? ''
  const period = Object.hasOwn(periods, asked) ? asked : '7'
  const [changes, setChanges] = useState<readonly Change[]>()
  const [problem, setProblem] = useState<ApiProblem>()
  const from = useMemo(() => {
    const end = at === undefined ? Date.now() + clockLead(tenant) : Date.parse(at)
    // An invalid time is left to the API to report.
    return Number.isNaN(end) ? at : new Date(end - Number(period) * day).toISOString()
  }, [tenant, at, period])
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    setChanges(undefined)
    setProblem(undefined)
    Promise.all([accessAt(tenant, from, signal), accessAt(tenant, at, signal)]).then(
      ([before, after]) =>
        setChanges([...missing(before, after, 'gained'), ...missing(after, before, 'lost')]),
      error => signal.aborted || setProblem(toApiProblem(error)),
    )
    return () => controller.abort()
  }, [tenant, at, from])
  const gained = changes?.filter(({ change }) => change === 'gained').length ?? 0
  return (
    <>
      <p class="access-verdict">
        {changes && from && (
          <>
            {gained.toLocaleString('en')} gained, {(changes.length - gained).toLocaleString('en')} lost since{' '}
            <When at={from} />.
          </>
        )}
      </p>
      {problem && <ProblemBox problem={problem} />}
      <Collection
        noun={['change of access', 'changes of access']}
        rows={loadedRows(problem ? [] : changes)}
        columns={[
          ...accessColumns(tenant, at).slice(0, 1),
          changeColumn,
          ...accessColumns(tenant, at).slice(2),
        ]}
        keyOf={entryKey}
        tools={<QuerySelect name="period" label="Period" value={period} options={periods} />}
        file={fileOf('access-changes', tenant, at)}
        empty={!problem && 'Nobody gained or lost access.'}
      />
    </>
  )
}

const changeColumn: Column<Change> = {
  name: 'Change',
  always: true,
  text: ({ change }) => change,
  tone: ({ change }) => change === 'lost' && 'disabled',
}

/** All entries at a time, by who has what: someone may have the same through several groups. */
async function accessAt(tenant: string, at: string | undefined, signal: AbortSignal) {
  const found = new Map<string, AccessEntry>()
  let cursor: string | undefined
  do {
    const page: { readonly items: readonly AccessEntry[]; readonly next?: string | undefined } = await call(
      'GET /tenants/:tenant/access',
      { params: { tenant }, query: { at, cursor, limit: 200 }, signal },
    )
    for (const entry of page.items) {
      const { result, user, account, permissionSet } = entry
      if (result === 'access') found.set(`${user?.id} ${account} ${permissionSet.id}`, entry)
    }
    cursor = page.next
  } while (cursor !== undefined)
  return found
}

type Access = ReadonlyMap<string, AccessEntry>

const missing = (from: Access, of: Access, change: Change['change']): readonly Change[] =>
  [...of].filter(([key]) => !from.has(key)).map(([, entry]) => ({ ...entry, change }))
