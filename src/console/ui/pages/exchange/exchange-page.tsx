import { useEffect } from 'preact/hooks'
import { announce } from '../../announce.ts'
import type { Explanation, Finding, WholeExchange } from '../../answers.ts'
import { apiPath, post, send } from '../../api.ts'
import { ActionButton, Foreign, Loading, PageHead, ProblemBox } from '../../components/basics.tsx'
import { useLoad } from '../../load.ts'
import { pageOfType } from '../../page-of-type.ts'
import type { PageParts } from '../../page-parts.ts'
import { go, pathTo } from '../../router.ts'
import { showTenant } from '../../state.ts'
import { Facts } from './facts.tsx'
import { FindingCards } from './finding-cards.tsx'
import { MessageView } from './message-view.tsx'
import { Operations } from './operations.tsx'
import { ResourceChanges } from './resource-changes.tsx'
import { Verdicts } from './verdicts.tsx'

/** One exchange: what was asked, what it changed, what other services would have said, and the evidence. */
export function ExchangePage({ id = '' }: PageParts) {
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
        title={capitalised(shown.action)}
        says={
          <>
            <Target exchange={shown} />
            {shown.tenant && ` in ${shown.tenant}`}
          </>
        }
      >
        <CopyAs id={id} format="curl" words="Copy as curl" />
        <CopyAs id={id} format="fixture" words="Copy as test fixture" />
        <ActionButton act={() => replay(id)}>Replay</ActionButton>
      </PageHead>
      <Facts exchange={shown} />
      <Explained explanation={explanation} tenant={shown.tenant} />
      <section class="messages" aria-label="The wire">
        <MessageView title="Request" head={`${shown.method} ${shown.url}`} message={shown.request} />
        <MessageView title="Response" head={String(shown.status)} message={shown.response} />
      </section>
    </>
  )
}

const capitalised = (words: string) => words.slice(0, 1).toUpperCase() + words.slice(1)

/** Whom it was about; leads there, where that one has a page. */
function Target({ exchange: { target, tenant } }: { readonly exchange: WholeExchange }) {
  if (!target) return null
  const name = <Foreign text={target.label ?? target.id ?? ''} />
  const page = pageOfType[target.type]
  if (!page || target.id === undefined || tenant === undefined) return name
  return <a href={pathTo(page, { tenant, id: target.id })}>{name}</a>
}

/** What calls for a change comes first, what is merely noted last. */
const isGrave = ({ severity }: Finding) => severity !== 'note'

function Explained({
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
      <FindingCards title="Findings" findings={known.findings.filter(isGrave)} />
      <Operations operations={known.operations} />
      <ResourceChanges resources={known.resources} tenant={tenant} />
      <Verdicts {...known} />
      <FindingCards title="Notes" findings={known.findings.filter(one => !isGrave(one))} />
    </>
  )
}

function CopyAs({
  id,
  format,
  words,
}: {
  readonly id: string
  readonly format: string
  readonly words: string
}) {
  const copy = async () => {
    const answer = await send('GET', apiPath(['exchanges', id, 'export'], { format }))
    await navigator.clipboard.writeText(await answer.text())
    announce(format === 'curl' ? 'Copied. Set SCIM_TOKEN to an access token before you run it.' : 'Copied.')
  }
  return <ActionButton act={copy}>{words}</ActionButton>
}

async function replay(id: string): Promise<void> {
  const { exchange, status } = await post<{ readonly exchange: string; readonly status: number }>(
    apiPath(['exchanges', id, 'replay']),
  )
  announce(`Sent again and answered with ${status}. This is the new exchange.`)
  go(pathTo('exchange', { id: exchange }))
}
