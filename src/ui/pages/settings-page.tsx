import type { Setting, Settings } from '../../domain/contract/server.ts'
import type { Webhook } from '../../domain/contract/webhooks.ts'
import { call } from '../api.ts'
import { ActionButton } from '../components/buttons.tsx'
import { Badge, Loading, ProblemBox } from '../components/feedback.tsx'
import { Fact, PageHead } from '../components/layout.tsx'
import { May } from '../components/may.tsx'
import { type Column, Table } from '../components/table.tsx'
import { Prose, Time } from '../components/text.tsx'
import { formatCount, formatSize } from '../format.ts'
import { announce, announceError } from '../frame/notice.tsx'
import { useLoad } from '../load.ts'

export function SettingsPage() {
  const loaded = useLoad('GET /settings')
  const webhooks = useLoad('GET /webhooks')
  const settings = loaded.value.value
  const problem = loaded.problem.value
  return (
    <>
      <PageHead
        title="Settings"
        description="Options of the running server. Flags override environment variables."
      />
      {problem && <ProblemBox problem={problem} />}
      {!settings && !problem && <Loading />}
      {settings && <Server settings={settings} />}
      {settings && (
        <Table caption="Settings" columns={columns} items={settings.settings} keyOf={({ flag }) => flag} />
      )}
      <Webhooks items={webhooks.value.value?.items ?? []} reload={webhooks.reload} />
    </>
  )
}

const columns: readonly Column<Setting>[] = [
  { name: 'Flag', of: ({ flag }) => <code>{flag}</code> },
  { name: 'Value', of: ({ value }) => <code>{value.replaceAll('`', '')}</code> },
  {
    name: 'Source',
    of: ({ source }) => <Badge tone={source === 'default' ? 'plain' : 'accent'}>{source}</Badge>,
  },
  { name: 'Description', of: ({ description }) => <Prose text={description} />, wide: true },
  { name: 'Variable', of: ({ variable }) => <code>{variable}</code>, wide: true },
]

const Server = ({
  settings: { version, node, started, journal, database },
}: {
  readonly settings: Settings
}) => (
  <dl class="facts card">
    <Fact name="Version">
      Scimulator {version}, Node.js {node}
    </Fact>
    <Fact name="Started">
      <Time at={started} />
    </Fact>
    <Fact name="Journal">
      {formatCount(journal.exchanges, 'request')}, {formatSize(journal.bytes)}
      {journal.oldest && (
        <>
          , oldest <Time at={journal.oldest} />
        </>
      )}
      <div class="muted">
        Keeps the newest {journal.retention.count.toLocaleString('en')} requests of the last{' '}
        {journal.retention.days} days
        {journal.retention.bytes !== undefined && <>, at most {formatSize(journal.retention.bytes)}</>}. Of
        requests without valid credentials, it keeps a tenth of that.
      </div>
    </Fact>
    <Fact name="Data">
      {database ? (
        <>
          <code>{database.path}</code>, {formatSize(database.bytes)}
        </>
      ) : (
        'In memory only'
      )}
    </Fact>
  </dl>
)

const webhookColumns: readonly Column<Webhook>[] = [
  { name: 'URL', of: ({ url }) => <code>{url}</code> },
  { name: 'Delivered', of: ({ delivered }) => delivered, numeric: true },
  { name: 'Failed', of: ({ failed }) => failed, numeric: true },
  {
    name: 'Last delivery',
    of: ({ last }) =>
      last ? (
        <>
          {last.event} <Time at={last.at} />, {last.status ?? 'no response'}
        </>
      ) : (
        'never'
      ),
  },
]

function Webhooks({ items, reload }: { readonly items: readonly Webhook[]; readonly reload: () => void }) {
  const test = async () => {
    const { items: results } = await call('POST /webhooks/test')
    const failed = results.filter(({ ok }) => !ok)
    if (failed.length === 0) announce('All webhooks accepted the test event.')
    else announceError(failed.map(({ url, reason, status }) => `${url}: ${reason ?? status}`).join('; '))
    reload()
  }
  return (
    <section aria-label="Webhooks">
      <h2>Webhooks</h2>
      {items.length === 0 ? (
        <p class="muted">
          None. <code>--webhook https://…</code> sends events for first contact, failures, findings and
          expiring tokens.
        </p>
      ) : (
        <>
          <Table caption="Webhooks" columns={webhookColumns} items={items} keyOf={({ url }) => url} />
          {items.some(({ signed }) => !signed) && (
            <p class="muted">
              Events are not signed. Set <code>--webhook-secret</code> so that receivers can verify the
              sender.
            </p>
          )}
          <May need="write">
            <p class="below-table">
              <ActionButton onAction={test}>Send test event</ActionButton>
            </p>
          </May>
        </>
      )}
    </section>
  )
}
