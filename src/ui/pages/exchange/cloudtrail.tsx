import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type ApiProblem, fetchContent } from '../../api.ts'
import { CopyButton } from '../../components/buttons.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { JsonView } from '../../components/json.tsx'
import { toApiProblem } from '../../load.ts'

export function CloudTrail({ id }: { readonly id: string }) {
  const records = useSignal<readonly unknown[] | undefined>(undefined)
  const problem = useSignal<ApiProblem | undefined>(undefined)
  useEffect(() => {
    records.value = undefined
    problem.value = undefined
    let isCurrent = true
    fetchContent('GET /exchanges/:id/export', { params: { id }, query: { format: 'cloudtrail' } })
      .then(response => response.json())
      .then(({ Records }) => {
        if (isCurrent) records.value = Records
      })
      .catch((error: unknown) => {
        if (isCurrent) problem.value = toApiProblem(error)
      })
    return () => {
      isCurrent = false
    }
  }, [id])
  if (problem.value) return <ProblemBox problem={problem.value} />
  if (!records.value) return <Loading />
  const [event] = records.value
  if (event === undefined) {
    return <p class="card muted">AWS CloudTrail would not record this request.</p>
  }
  return (
    <article class="card">
      <header class="message-head">
        <h2>CloudTrail event</h2>
        <CopyButton text={JSON.stringify(event, null, 2)} what="CloudTrail event" />
      </header>
      <p class="muted">As AWS would record it: personal values are hidden.</p>
      <JsonView value={event} label="CloudTrail event" />
    </article>
  )
}
