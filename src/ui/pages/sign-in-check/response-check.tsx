import { useState } from 'preact/hooks'
import type { SignInCheck } from '../../../domain/contract/sign-in-check.ts'
import { type ApiProblem, call } from '../../api.ts'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { Field } from '../../components/field.tsx'
import { toApiProblem } from '../../load.ts'
import { CheckResult } from './check-result.tsx'

type State =
  | { readonly kind: 'idle' | 'busy' }
  | { readonly kind: 'checked'; readonly check: SignInCheck }
  | { readonly kind: 'failed'; readonly problem: ApiProblem }

export function ResponseCheck({ tenant }: { readonly tenant: string }) {
  const [state, setState] = useState<State>({ kind: 'idle' })
  const submit = async (form: HTMLFormElement) => {
    const data = new FormData(form)
    const value = (name: string) => String(data.get(name) ?? '').trim()
    const optional = Object.fromEntries(
      ['metadata', 'certificate', 'acs', 'audience'].flatMap(name => {
        const text = value(name)
        return text === '' ? [] : [[name, text] as const]
      }),
    )
    setState({ kind: 'busy' })
    try {
      const check = await call('POST /tenants/:tenant/sign-in/check', {
        params: { tenant },
        body: { response: value('response'), ...optional },
      })
      setState({ kind: 'checked', check })
    } catch (error) {
      setState({ kind: 'failed', problem: toApiProblem(error) })
    }
  }
  return (
    <>
      <form
        class="card"
        autocomplete="off"
        onSubmit={event => {
          event.preventDefault()
          void submit(event.currentTarget)
        }}
      >
        <Field
          label="SAML response"
          description="The value of the form field SAMLResponse, which the network tab of the browser shows at the sign-in; a deflated value or XML works, too. It is not stored."
        >
          {props => <textarea {...props} name="response" rows={8} required spellcheck={false} />}
        </Field>
        <details>
          <summary>Identity provider and AWS instance</summary>
          <Field label="Metadata of the identity provider" description="XML. It has the certificates.">
            {props => <textarea {...props} name="metadata" rows={4} spellcheck={false} />}
          </Field>
          <Field label="Signing certificate" description="PEM or base64, if there is no metadata.">
            {props => <textarea {...props} name="certificate" rows={4} spellcheck={false} />}
          </Field>
          <Field label="ACS URL" description="IAM Identity Center: Settings, Manage authentication.">
            {props => <input {...props} name="acs" type="url" spellcheck={false} />}
          </Field>
          <Field label="Issuer URL" description="The audience of the response, on the same page.">
            {props => <input {...props} name="audience" type="text" spellcheck={false} />}
          </Field>
        </details>
        <div class="actions">
          <button type="submit" class="primary" disabled={state.kind === 'busy'}>
            Check response
          </button>
        </div>
      </form>
      {state.kind === 'busy' && <Loading label="Checking" />}
      {state.kind === 'failed' && <ProblemBox problem={state.problem} />}
      {state.kind === 'checked' && <CheckResult tenant={tenant} check={state.check} />}
    </>
  )
}
