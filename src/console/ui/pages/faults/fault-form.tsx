import { useState } from 'preact/hooks'
import { announce } from '../../announce.ts'
import { ApiProblem, apiPath, post } from '../../api.ts'
import { ActionButton, ProblemBox } from '../../components/basics.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { tenants } from '../../state.ts'
import { type Draft, effects, emptyDraft, faultOf, operations } from './draft.ts'

/** A rule of one's own: which requests it strikes, and what becomes of their answers. */
export function FaultForm({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(emptyDraft)
  const [problem, setProblem] = useState<ApiProblem>()
  const text = (name: keyof Draft) => ({
    value: draft[name],
    onInput: (event: {
      readonly currentTarget: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement
    }) => setDraft({ ...draft, [name]: event.currentTarget.value }),
  })
  const wrong = (path: string) =>
    problem?.errors.find(error => error.path.startsWith(`body.${path}`))?.message
  const arm = async () => {
    try {
      await post(apiPath(['faults']), faultOf(draft))
      announce('The fault is armed.')
      onClose()
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    }
  }
  return (
    <Dialog title="Write a rule" onClose={onClose}>
      <form onSubmit={event => event.preventDefault()}>
        {problem && <ProblemBox problem={problem} />}
        <Field label="Name" wrong={wrong('name')}>
          {parts => <input {...parts} {...text('name')} maxLength={100} />}
        </Field>
        <div class="grid">
          <Field label="Tenant" wrong={wrong('match.tenant')}>
            {parts => (
              <select {...parts} {...text('tenant')}>
                <option value="">all</option>
                {(tenants.value ?? []).map(({ id }) => (
                  <option key={id} value={id}>
                    {id}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Operation" wrong={wrong('match.operations')}>
            {parts => (
              <select {...parts} {...text('operation')}>
                <option value="">any</option>
                {operations.map(name => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Type" wrong={wrong('match.type')}>
            {parts => (
              <select {...parts} {...text('type')}>
                <option value="">any</option>
                <option value="User">User</option>
                <option value="Group">Group</option>
              </select>
            )}
          </Field>
          <Field label="With this text in URL or body" wrong={wrong('match.text')}>
            {parts => <input {...parts} {...text('text')} />}
          </Field>
          <Field label="Only each so many-th" wrong={wrong('match.every')}>
            {parts => <input {...parts} {...text('every')} inputMode="numeric" />}
          </Field>
          <Field label="Pass over the first" wrong={wrong('match.skip')}>
            {parts => <input {...parts} {...text('skip')} inputMode="numeric" />}
          </Field>
        </div>
        <Field label="Then" wrong={wrong('effect')}>
          {parts => (
            <select {...parts} {...text('effect')}>
              {Object.entries(effects).map(([name, words]) => (
                <option key={name} value={name}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
        <EffectFields draft={draft} text={text} wrong={wrong} />
        <Field label="Disarms itself after" says="Strikes; empty for no end." wrong={wrong('times')}>
          {parts => <input {...parts} {...text('times')} inputMode="numeric" />}
        </Field>
        <div class="actions">
          <ActionButton tone="primary" act={arm}>
            Arm it
          </ActionButton>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

type Inputs = {
  readonly draft: Draft
  readonly text: (name: keyof Draft) => { readonly value: string; readonly onInput: (event: never) => void }
  readonly wrong: (path: string) => string | undefined
}

const EffectFields = ({ draft: { effect }, text, wrong }: Inputs) => (
  <>
    {(effect === 'status' || effect === 'body') && (
      <Field label="Status" wrong={wrong('effect.status')}>
        {parts => <input {...parts} {...text('status')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'status' && (
      <Field label="Retry-After, in seconds" wrong={wrong('effect.retryAfter')}>
        {parts => <input {...parts} {...text('retryAfter')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'delay' && (
      <Field label="Milliseconds" wrong={wrong('effect.milliseconds')}>
        {parts => <input {...parts} {...text('milliseconds')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'body' && (
      <>
        <Field label="Media type" wrong={wrong('effect.mediaType')}>
          {parts => <input {...parts} {...text('mediaType')} />}
        </Field>
        <Field label="Body" wrong={wrong('effect.body')}>
          {parts => <textarea {...parts} {...text('body')} rows={4} spellcheck={false} />}
        </Field>
      </>
    )}
  </>
)
