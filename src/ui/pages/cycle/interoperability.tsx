import { useState } from 'preact/hooks'
import type { RuleVerdict } from '../../../domain/contract/cycles.ts'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { formatCount } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { pathTo } from '../../router.ts'

/** Loads the verdict when it is opened: the server reads every request of the cycle for it. */
export function InteroperabilityFold({ id }: { readonly id: string }) {
  const [isOpened, setOpened] = useState(false)
  return (
    <details class="more" onToggle={event => event.currentTarget.open && setOpened(true)}>
      <summary>Interoperability Profile</summary>
      {isOpened && <Verdict id={id} />}
    </details>
  )
}

function Verdict({ id }: { readonly id: string }) {
  const loaded = useLoad('GET /cycles/:id/interoperability', { params: { id } })
  const verdict = loaded.value.value
  const problem = loaded.problem.value
  if (problem) return <ProblemBox problem={problem} />
  if (!verdict) return <Loading label="Comparing with the Interoperability Profile" />
  return (
    <>
      <p>
        The client {verdict.summary}{' '}
        <span class="muted">(drafts of the SCIM 2.0 Interoperability Profile and of IPSIE)</span>
      </p>
      <ul>
        {verdict.rules.map(rule => (
          <li key={rule.id}>
            <span title={`${rule.draft} of ${rule.date}, section ${rule.section}`}>{rule.id}</span>:{' '}
            {rule.rule} <Result verdict={rule} />
          </li>
        ))}
        {verdict.notes.map(({ note, requests, first }) => (
          <li key={note} class="muted">
            {note} <Requests count={requests} first={first} />
          </li>
        ))}
      </ul>
    </>
  )
}

function Result({ verdict: { result, requests, unread, first } }: { readonly verdict: RuleVerdict }) {
  if (result === 'holds') return <span class="muted">Yes</span>
  if (result === 'breaks') return <Requests label="No: " count={requests} first={first} />
  return (
    <span class="muted">
      Not seen{unread > 0 && `: the journal lacks a part of ${formatCount(unread, 'request')}`}
    </span>
  )
}

type RequestsProps = {
  readonly label?: string
  readonly count: number
  readonly first: string | undefined
}

const Requests = ({ label, count, first }: RequestsProps) => (
  <>
    {label}
    {formatCount(count, 'request')}
    {first !== undefined && (
      <>
        , <a href={pathTo('exchange', { id: first })}>first</a>
      </>
    )}
  </>
)
