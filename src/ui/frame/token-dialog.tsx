import { useRef } from 'preact/hooks'
import { hasToken, storeToken, tokenRequired } from '../api.ts'
import { Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { loadTenants } from '../state.ts'

// There is nothing to be seen without it: whatever is asked for next brings the question back.
const retryAll = () => {
  tokenRequired.value = false
}

/** Asks once for the console token; this browser keeps it. */
export function TokenDialog() {
  const field = useRef<HTMLInputElement>(null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    storeToken(field.current?.value ?? '')
    void loadTenants()
    location.reload()
  }
  return (
    <Dialog title="This console needs its token" onClose={retryAll}>
      <form onSubmit={submit}>
        <p>The server was started with one, or printed it at its start.</p>
        <Field label="Console token" wrong={hasToken() ? 'The one that was given is not it.' : undefined}>
          {props => (
            <input {...props} ref={field} type="password" autocomplete="off" spellcheck={false} required />
          )}
        </Field>
        <p class="actions">
          <button type="submit" class="primary">
            Use it
          </button>
        </p>
      </form>
    </Dialog>
  )
}
