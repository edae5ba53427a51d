import type { Failure } from '../../../domain/contract/overview.ts'
import { Badge } from '../../components/feedback.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { ClientText, escapeHidden, Prose, TenantTime } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { pathTo } from '../../router.ts'

export const Failures = ({
  failures,
  failing,
}: {
  readonly failures: readonly Failure[]
  readonly failing: number
}) => (
  <section aria-label="Failing objects">
    <h2>Failing objects</h2>
    {failures.length === 0 ? (
      <p class="muted">The last request about each object succeeded.</p>
    ) : (
      <Table
        caption="Objects whose last request failed, newest first"
        columns={columns}
        items={failures}
        keyOf={({ exchange }) => exchange}
      />
    )}
    {failing > failures.length && (
      <p class="below-table muted">
        The newest {failures.length} of {formatCount(failing, 'object')}.
      </p>
    )}
  </section>
)

const columns: readonly Column<Failure>[] = [
  {
    name: 'Object',
    of: ({ exchange, label, action, attempts }) => (
      <>
        <a href={pathTo('exchange', { id: exchange })}>
          <ClientText text={label ?? action} />
        </a>
        <div class="muted">
          {escapeHidden(action)}, {formatCount(attempts, 'attempt')}
        </div>
      </>
    ),
  },
  {
    name: 'Reason',
    of: ({ status, reason }) => (
      <>
        <Badge tone="bad">{status}</Badge> <Prose text={escapeHidden(reason)} />
      </>
    ),
  },
  { name: 'Last attempt', of: ({ at, tenantTime }) => <TenantTime at={at} tenantTime={tenantTime} /> },
]
