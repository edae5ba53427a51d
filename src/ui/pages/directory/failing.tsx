import { useEffect } from 'preact/hooks'
import type { AnalysisProgress } from '../../../domain/contract/findings.ts'
import type { Failure } from '../../../domain/contract/overview.ts'
import { Collection, type Column } from '../../components/collection.tsx'
import { Analyzing } from '../../components/feedback.tsx'
import { Prose } from '../../components/text.tsx'
import { useNewer, usePages } from '../../load.ts'
import { pathTo } from '../../router.ts'
import { failedWord } from './identities.tsx'

/** The objects whose last request failed, also those that were never accepted. */
export function Failing({
  tenant,
  list,
  analysis,
}: {
  readonly tenant: string
  readonly list: 'users' | 'groups'
  readonly analysis: AnalysisProgress | undefined
}) {
  const isUsers = list === 'users'
  const pages = usePages('GET /tenants/:tenant/failures', {
    params: { tenant },
    query: { type: isUsers ? 'User' : 'Group' },
  })
  const newer = useNewer(tenant, pages.reload)
  const columns: readonly Column<Failure>[] = [
    {
      name: isUsers ? 'User name' : 'Name',
      text: ({ label, action }) => label ?? action,
      to: ({ id, exchange }) =>
        id === undefined
          ? pathTo('exchange', { id: exchange })
          : pathTo(isUsers ? 'user' : 'group', { tenant, id }),
      kind: 'name',
    },
    {
      name: 'Why',
      text: ({ reason }) => reason,
      of: ({ reason }) => <Prose text={reason} />,
      kind: 'rest',
    },
    { name: 'Request', text: ({ action }) => action, extra: true },
    {
      name: 'Status',
      text: failedWord,
      to: ({ exchange }) => pathTo('exchange', { id: exchange }),
      tone: () => 'bad',
      always: true,
    },
    { name: 'Attempts', text: ({ attempts }) => attempts, kind: 'number', always: true, wide: true },
    { name: 'Since', text: ({ since }) => since, kind: 'time', wide: true },
  ]
  const isCurrent = analysis?.current
  // What failed is known once it is analyzed.
  useEffect(() => {
    if (isCurrent) pages.reload()
  }, [isCurrent])
  if (analysis && !isCurrent) return <Analyzing analysis={analysis} />
  return (
    <Collection
      noun={isUsers ? ['user', 'users'] : ['group', 'groups']}
      rows={pages}
      columns={columns}
      keyOf={({ exchange }) => exchange}
      file={`failing-${list}.csv`}
      newer={newer}
      empty={<>No failing {list}.</>}
    />
  )
}
