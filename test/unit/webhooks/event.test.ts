import t from 'tap'
import { escapeForChat } from '../../../src/webhooks/event.ts'

t.test('client data has no effect in a chat program', async t => {
  for (const [what, text, expected] of [
    ['an ordinary text', 'add 3 members: marge.simpson@springfield.example', undefined],
    ['a mention of Slack', '<!channel> & <@U024BE7LH>', '&lt;!channel&gt; &amp; &lt;@\u2060U024BE7LH&gt;'],
    ['a mention elsewhere', '@here, (@all)', '@\u2060here, (@\u2060all)'],
    ['a mention behind punctuation', '.@here -@all', '.@\u2060here -@\u2060all'],
    ['a link without a scheme', 'www.evil.example', 'www\u2060.evil.example'],
    ['a link of Slack', '<https://evil.example|Log in>', '&lt;https:\u2060//evil.example|Log in&gt;'],
    ['a link of Markdown', '[Log in](https://evil.example)', '[Log in]\u2060(https:\u2060//evil.example)'],
    ['HTML', '<img src=x onerror="x">', '&lt;img src=x onerror="x"&gt;'],
    ['an entity', '&lt;', '&amp;lt;'],
    ['a line of its own', 'a\r\n# Alarm\u2028b', 'a # Alarm b'],
    ['a control sequence', '\u001b[2Jx\u009b31m', ' [2Jx 31m'],
    ['text that reads backwards', 'a\u202eb\u2066c\u200bd', 'abcd'],
  ] as const) {
    t.equal(escapeForChat(text), expected ?? text, what)
  }
})
