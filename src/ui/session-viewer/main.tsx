import { render } from 'preact'
import './viewer.css'
import { App } from './app.tsx'
import { readSession } from './session.ts'

const root = document.getElementById('app')
if (root) {
  root.replaceChildren()
  const showProgress = (part: number) => render(<p role="status">Loading {Math.round(part * 100)} %</p>, root)
  readSession(showProgress).then(
    session => render(<App session={session} />, root),
    (error: Error) => render(<p role="alert">{`The file cannot be read: ${error.message}`}</p>, root),
  )
}
