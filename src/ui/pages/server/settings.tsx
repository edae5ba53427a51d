import type { Settings as ServerSettings, Setting } from '../../../domain/contract/server.ts'
import type { Webhook } from '../../../domain/contract/webhooks.ts'
import { call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { Facts } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { Prose, Time } from '../../components/text.tsx'
import { formatCount, formatSize } from '../../format.ts'
import { announce, announceError } from '../../frame/notice.tsx'
import { useLoad } from '../../load.ts'

/** Options of the running server. */
export function Settings() {
  const loaded = useLoad('GET /settings')
  const settings = loaded.value.value
  const problem = loaded.problem.value
  if (!settings) return problem ? <ProblemBox problem={problem} /> : <Loading />
  return (
    <div class="panels">
      <ServerFacts settings={settings} />
      <Collection
        noun={['setting', 'settings']}
        rows={loadedRows(settings.settings)}
        columns={columns}
        keyOf={({ flag }) => flag}
        file="settings.csv"
        empty={null}
      />
      <Webhooks />
    </div>
  )
}

const columns: readonly Column<Setting>[] = [
  { name: 'Flag', kind: 'name', code: true, text: ({ flag }) => flag },
  {
    name: 'Value',
    kind: 'text',
    code: true,
    text: ({ value }) => value.replaceAll('`', ''),
    tone: ({ source }) => source === 'default' && 'plain',
  },
  { name: 'Source', text: ({ source }) => (source === 'default' ? '' : source) },
  {
    name: 'Description',
    kind: 'rest',
    text: ({ description }) => description,
    of: ({ description }) => <Prose text={description} />,
  },
  { name: 'Variable', extra: true, code: true, text: ({ variable }) => variable },
]

const ServerFacts = ({
  settings: { version, node, started, journal, database },
}: {
  readonly settings: ServerSettings
}) => (
  <Facts
    of={{
      Version: `Scimulator ${version}, Node.js ${node}`,
      Started: <Time at={started} />,
      Journal: (
        <>
          {formatCount(journal.exchanges, 'request')}, {formatSize(journal.bytes)}
          {journal.oldest && (
            <>
              , oldest <Time at={journal.oldest} />
            </>
          )}
          <div class="muted">
            Keeps the newest {journal.retention.count.toLocaleString('en')} requests of the last{' '}
            {journal.retention.days} days
            {journal.retention.bytes !== undefined && <>, at most {formatSize(journal.retention.bytes)}</>}.
            Of requests without valid credentials, it keeps a tenth of that.
          </div>
        </>
      ),
      Data: database ? (
        <>
          <code>{database.path}</code>, {formatSize(database.bytes)}
        </>
      ) : (
        'In memory only'
      ),
    }}
  />
)

const webhookColumns: readonly Column<Webhook>[] = [
  { name: 'URL', kind: 'name', code: true, text: ({ url }) => url },
  { name: 'Delivered', kind: 'number', always: true, text: ({ delivered }) => delivered },
  { name: 'Failed', kind: 'number', always: true, text: ({ failed }) => failed },
  {
    name: 'Last delivery',
    kind: 'rest',
    absent: 'never',
    text: ({ last }) => last && `${last.event} ${last.at}, ${last.status ?? 'no response'}`,
    of: ({ last }) =>
      last ? (
        <>
          {last.event} <Time at={last.at} short />, {last.status ?? 'no response'}
        </>
      ) : (
        'never'
      ),
  },
]

function Webhooks() {
  const webhooks = useLoad('GET /webhooks')
  const items = webhooks.value.value?.items ?? []
  const test = async () => {
    const { items: results } = await call('POST /webhooks/test')
    const failed = results.filter(({ ok }) => !ok)
    if (failed.length === 0) announce('All webhooks accepted the test event.')
    else announceError(failed.map(({ url, reason, status }) => `${url}: ${reason ?? status}`).join('; '))
    webhooks.reload()
  }
  return (
    <section>
      <Collection
        title="Webhooks"
        noun={['webhook', 'webhooks']}
        rows={{ ...webhooks, items: { value: items } }}
        columns={webhookColumns}
        keyOf={({ url }) => url}
        tools={
          items.length > 0 && (
            <May need="write">
              <ActionButton onAction={test}>Send test event</ActionButton>
            </May>
          )
        }
        empty={
          <>
            None. <code>--webhook https://…</code> sends events for first contact, failures, findings and
            expiring tokens.
          </>
        }
      />
      {items.some(({ signed }) => !signed) && (
        <p class="muted">
          Events are not signed. Set <code>--webhook-secret</code> so that receivers can verify the sender.
        </p>
      )}
    </section>
  )
}
