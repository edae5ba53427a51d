import { useEffect } from 'preact/hooks'
import type { Client, Exchange, Explanation, Finding, WholeExchange } from '../../answers.ts'
import { apiPath, post, send } from '../../api.ts'
import {
  ActionButton,
  Badge,
  ClientText,
  Fact,
  Loading,
  PageHead,
  ProblemBox,
  TenantTime,
  Time,
} from '../../components/elements.tsx'
import { formatDuration } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { announce } from '../../notices.ts'
import { navigate, type PageProps, pagesByType, pathTo } from '../../router.ts'
import { showTenant } from '../../state.ts'
import { DialectBadge, statusTone } from '../activity/rows.tsx'
import { Operations, ResourceChanges } from './changes.tsx'
import { Evaluations } from './evaluations.tsx'
import { FindingCards } from './finding-cards.tsx'
import { MessageView } from './message.tsx'

const refusals: Readonly<Record<string, string>> = {
  missing: 'The request carried no token.',
  unknown: 'Its token is none that this server ever gave out.',
  expired: 'Its token has expired.',
  deleted: 'Its token was deleted.',
  'other-tenant': 'Its token belongs to another tenant.',
  'read-only': 'Its token may only read.',
}

const clients: Readonly<Record<Client, string>> = {
  entra: 'Entra ID',
  service: 'A provisioning service other than Entra ID',
  compliance: 'The compliance suite',
  sample: 'The sample of this console',
  'ad-hoc': 'Ad-hoc: curl, a script or the like',
}

/** What is known of an exchange, at a glance. */
export const Facts = ({ exchange }: { readonly exchange: Exchange }) => (
  <dl class="facts card">
    <Fact name="Answer">
      <Badge tone={statusTone(exchange.status)}>{exchange.status}</Badge> in{' '}
      {formatDuration(exchange.microseconds)}
    </Fact>
    <Fact name="When">
      <TenantTime at={exchange.at} tenantTime={exchange.tenantTime} />
      {exchange.tenantTime !== exchange.at && (
        <>
          {' '}
          (server time: <Time at={exchange.at} />)
        </>
      )}
    </Fact>
    {exchange.refusal && <Fact name="Refused">{refusals[exchange.refusal] ?? exchange.refusal}</Fact>}
    {exchange.rule && (
      <Fact name="Rule">
        <code>{exchange.rule}</code>
      </Fact>
    )}
    {exchange.fault && (
      <Fact name="Injected">{exchange.fault.words}: this answer was spoiled on purpose.</Fact>
    )}
    {exchange.replayOf && (
      <Fact name="Replay">
        The console sent <a href={pathTo('exchange', { id: exchange.replayOf })}>an earlier request</a> again.
      </Fact>
    )}
    {exchange.parent && (
      <Fact name="Part of">
        <a href={pathTo('exchange', { id: exchange.parent })}>a bulk request</a>
      </Fact>
    )}
    {exchange.client && <Fact name="Client">{clients[exchange.client]}</Fact>}
    {exchange.dialect && (
      <Fact name="Dialect">
        <DialectBadge dialect={exchange.dialect} />
      </Fact>
    )}
    {exchange.cycle && (
      <Fact name="Run">
        <a href={pathTo('activity', {}, { q: `cycle:${exchange.cycle}` })}>All requests of this run</a>
      </Fact>
    )}
    {exchange.profile && <Fact name="Profile">{exchange.profile}</Fact>}
    {exchange.token && <Fact name="Token">…{exchange.token.ending}</Fact>}
    {exchange.remoteAddress && <Fact name="From">{exchange.remoteAddress}</Fact>}
    <Fact name="Request id">
      <code>{exchange.id}</code>
    </Fact>
  </dl>
)

/** One exchange: what was asked, what it changed, what other services would have said, and the evidence. */
export function ExchangePage({ id = '' }: PageProps) {
  const exchange = useLoad<WholeExchange>(apiPath(['exchanges', id]))
  const explanation = useLoad<Explanation>(apiPath(['exchanges', id, 'explanation']))
  const shown = exchange.value.value
  const problem = exchange.problem.value
  const tenant = shown?.tenant
  useEffect(() => {
    if (tenant !== undefined) showTenant(tenant)
  }, [tenant])
  if (!shown) {
    return (
      <>
        <PageHead title="Exchange" />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
      </>
    )
  }
  return (
    <>
      <PageHead
        title={capitalize(shown.action)}
        description={
          <>
            <Target exchange={shown} />
            {shown.tenant && ` in ${shown.tenant}`}
          </>
        }
      >
        <CopyAs id={id} format="curl" label="Copy as curl" />
        <CopyAs id={id} format="fixture" label="Copy as test fixture" />
        <ActionButton act={() => replay(id)}>Replay</ActionButton>
      </PageHead>
      <Facts exchange={shown} />
      <ExplanationView explanation={explanation} tenant={shown.tenant} />
      <section class="messages" aria-label="The wire">
        <MessageView title="Request" head={`${shown.method} ${shown.url}`} message={shown.request} />
        <MessageView title="Response" head={String(shown.status)} message={shown.response} />
      </section>
    </>
  )
}

const capitalize = (label: string) => label.slice(0, 1).toUpperCase() + label.slice(1)

/** Whom it was about; leads there, where that one has a page. */
function Target({ exchange: { target, tenant } }: { readonly exchange: WholeExchange }) {
  if (!target) return null
  const name = <ClientText text={target.label ?? target.id ?? ''} />
  const page = pagesByType[target.type]
  if (!page || target.id === undefined || tenant === undefined) return name
  return <a href={pathTo(page, { tenant, id: target.id })}>{name}</a>
}

/** What calls for a change comes first, what is merely noted last. */
const isSevere = ({ severity }: Finding) => severity !== 'note'

function ExplanationView({
  explanation,
  tenant,
}: {
  readonly explanation: ReturnType<typeof useLoad<Explanation>>
  readonly tenant: string | undefined
}) {
  const problem = explanation.problem.value
  const known = explanation.value.value
  if (problem) return <ProblemBox problem={problem} />
  if (!known) return <Loading what="Working out what it changed" />
  return (
    <>
      <FindingCards title="Findings" findings={known.findings.filter(isSevere)} />
      <Operations operations={known.operations} />
      <ResourceChanges resources={known.resources} tenant={tenant} />
      <Evaluations {...known} />
      <FindingCards title="Notes" findings={known.findings.filter(one => !isSevere(one))} />
    </>
  )
}

function CopyAs({
  id,
  format,
  label,
}: {
  readonly id: string
  readonly format: string
  readonly label: string
}) {
  const copy = async () => {
    const answer = await send('GET', apiPath(['exchanges', id, 'export'], { format }))
    await navigator.clipboard.writeText(await answer.text())
    announce(format === 'curl' ? 'Copied. Set SCIM_TOKEN to an access token before you run it.' : 'Copied.')
  }
  return <ActionButton act={copy}>{label}</ActionButton>
}

async function replay(id: string): Promise<void> {
  const { exchange, status } = await post<{ readonly exchange: string; readonly status: number }>(
    apiPath(['exchanges', id, 'replay']),
  )
  announce(`Sent again and answered with ${status}. This is the new exchange.`)
  navigate(pathTo('exchange', { id: exchange }))
}
