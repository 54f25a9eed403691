/** On which line keys are found, in all the ways in which TOML writes them. */
import fc from 'fast-check'
import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { KeyLines } from './key-lines.ts'

const document = `# a comment
project_id = "x" # and = another [one]

[api]
port = 54321
schemas = [
  "public", # ]
  "inner",
]
'quoted key' = 1
after.dotted = { inline = 2, "x]" = '}' }

[auth . "email.x"]
text = """
not_a_key = 1
""" # "
literal = '''
[no.header]
'''''
last = 'it''s'.x
[[rules]]
name = "one"
[[rules]]
name = "two"`.replace(`'it''s'.x`, `"\\"]"`)

test.each([
  ['project_id', 2],
  ['api', 4],
  ['api|port', 5],
  ['api|schemas', 6],
  ['api|quoted key', 10],
  ['api|after|dotted', 11],
  ['api|after|dotted|inline', 11],
  ['auth|email.x|text', 14],
  ['auth|email.x|literal', 17],
  ['auth|email.x|last', 20],
  ['rules|name', 22],
])('%s stands on line %i', (path, line) => {
  expect(() => parse(document)).not.toThrow()
  expect(new KeyLines(document).of(path.split('|'))).toBe(line)
})

test('a text that looks like keys hides none of the real ones', () => {
  expect(new KeyLines(document).of(['not_a_key'])).toBe(1)
  expect(new KeyLines(document).of(['no', 'header'])).toBe(1)
})

test('whatever the values hold, every key keeps its line', () => {
  const value = fc.oneof(
    fc.string().map((text) => JSON.stringify(text).replaceAll('\u007f', '')),
    fc.integer().map(String),
    fc
      .array(fc.string().map((text) => JSON.stringify(text).replaceAll('\u007f', '')))
      .map((texts) => `[\n${texts.join(', # "\n')}\n]`),
    fc.constant(`"""\na = 1\n[b]\n"""`),
    fc.constant(`'''\n"'''`),
  )
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), (values) => {
      const lines: number[] = []
      let text = ''
      for (const [index, written] of values.entries()) {
        lines.push(text.split('\n').length)
        text += `key${index} = ${written}\n`
      }
      parse(text)
      const found = new KeyLines(text)
      expect(values.map((_, index) => found.of([`key${index}`]))).toEqual(lines)
    }),
  )
})
