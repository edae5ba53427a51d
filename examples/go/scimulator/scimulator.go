// Package scimulator starts Scimulator, a SCIM server, for tests: copy this file into your module.
//
// It needs only the standard library, Node.js 22.14 or newer, and the npm package scimulator. SCIMULATOR_COMMAND replaces
// the command that is run: scimulator if it is installed, otherwise npx scimulator.
package scimulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Object is a JSON object.
type Object = map[string]any

// Server is a running server with its data in memory.
type Server struct {
	URL     string `json:"url"`     // SCIM endpoint
	Token   string `json:"token"`   // access token of the SCIM client
	Tenant  string `json:"tenant"`  // ID of the tenant
	Console string `json:"console"` // web console and its REST API
	AWS     *AWS   `json:"aws"`     // nil unless the profile is aws

	process *exec.Cmd
	stdin   io.Closer
}

// AWS is how clients of the AWS APIs reach the server.
type AWS struct {
	Endpoint        string            `json:"endpoint"`
	Region          string            `json:"region"`
	AccessKeyID     string            `json:"accessKeyId"`
	SecretAccessKey string            `json:"secretAccessKey"`
	IdentityStoreID string            `json:"identityStoreId"`
	InstanceARN     string            `json:"instanceArn"`
	Environment     map[string]string `json:"environment"`
}

// Request is a request that the server received. GET /api/v1/exchanges/{id} of the console returns its headers and bodies.
type Request struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	URL    string `json:"url"`
	Status int    `json:"status"`
	Action string `json:"action"`
	Detail string `json:"detail"`
}

// Start starts a server that is closed when the test ends. If the test fails, the requests that the server received are
// logged. The options are those of scimulator test-server, such as --profile=rfc.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	server, err := New(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Requests to Scimulator:\n%s", server.journal())
		}
		server.Close()
	})
	return server
}

// New starts a server that several tests share, for TestMain: call Close at the end, and Reset before each test.
func New(options ...string) (*Server, error) {
	name, arguments := command()
	process := exec.Command(name, append(append(arguments, "test-server"), options...)...)
	process.Stderr = os.Stderr
	// The server stops when its standard input closes, so it also ends if this process is killed.
	stdin, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	server := &Server{process: process, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, server)
	}
	if err != nil {
		server.Close()
		return nil, fmt.Errorf("scimulator did not start, see standard error: %w", err)
	}
	return server, nil
}

// Close stops the server.
func (s *Server) Close() {
	s.stdin.Close()
	kill := time.AfterFunc(10*time.Second, func() { s.process.Process.Kill() })
	defer kill.Stop()
	s.process.Wait()
}

// Reset deletes users, groups, history, requests and faults, and resets the clock. The token remains valid.
func (s *Server) Reset(t testing.TB) {
	t.Helper()
	s.API(t, "POST", "/reset", nil, nil)
}

// Requests returns the received requests that match a search such as status:4xx or action:create, oldest first.
func (s *Server) Requests(t testing.TB, query string) []Request {
	t.Helper()
	found, err := s.requests(query)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// WaitFor waits until at least this many received requests match the search, and returns them, oldest first. The test fails
// after 10 seconds.
func (s *Server) WaitFor(t testing.TB, query string, times int) []Request {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		found := s.Requests(t, query)
		if len(found) >= times {
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d requests matched %q", len(found), times, query)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// AddFault injects a failure: Object{"preset": "throttled"}, or an "effect", and optionally "match" and "times".
func (s *Server) AddFault(t testing.TB, fault Object) {
	t.Helper()
	s.API(t, "POST", "/faults", fault, nil)
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults(t testing.TB) {
	t.Helper()
	s.API(t, "DELETE", "/faults", nil, nil)
}

// Now returns the time of the server's virtual clock, which dates changes and lets tokens expire.
func (s *Server) Now(t testing.TB) time.Time {
	t.Helper()
	var clock struct{ Now time.Time }
	s.API(t, "GET", "/tenants/"+s.Tenant+"/clock", nil, &clock)
	return clock.Now
}

// Advance moves the clock forward.
func (s *Server) Advance(t testing.TB, duration time.Duration) {
	t.Helper()
	seconds := strconv.FormatInt(int64(duration/time.Second), 10) + "s"
	s.API(t, "PUT", "/tenants/"+s.Tenant+"/clock", Object{"advance": seconds}, nil)
}

// SetClock moves the clock to a later time.
func (s *Server) SetClock(t testing.TB, now time.Time) {
	t.Helper()
	s.API(t, "PUT", "/tenants/"+s.Tenant+"/clock", Object{"now": now.UTC().Format(time.RFC3339)}, nil)
}

// API calls the REST API of the console, which {console}/api/docs describes. The path begins after /api/v1. It stores the
// response in result, unless that is nil.
func (s *Server) API(t testing.TB, method, path string, body, result any) {
	t.Helper()
	if err := s.call(method, path, body, result); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) requests(query string) ([]Request, error) {
	var found []Request
	parameters := url.Values{"tenant": {s.Tenant}, "q": {query}, "limit": {"200"}}
	for {
		var page struct {
			Items []Request
			Next  string
		}
		if err := s.call("GET", "/exchanges?"+parameters.Encode(), nil, &page); err != nil {
			return nil, err
		}
		found = append(found, page.Items...)
		if page.Next == "" {
			slices.Reverse(found)
			return found, nil
		}
		parameters.Set("cursor", page.Next)
	}
}

func (s *Server) journal() string {
	found, err := s.requests("")
	if err != nil {
		return err.Error()
	}
	if len(found) == 0 {
		return "(no requests)"
	}
	var text strings.Builder
	for _, request := range found {
		fmt.Fprintf(&text, "%d %s %s (%s)\n", request.Status, request.Method, request.URL, request.Action)
	}
	return text.String()
}

// The server is on this machine: the proxies of the environment do not apply.
var client = &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}

func (s *Server) call(method, path string, body, result any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, s.Console+"/api/v1"+path, content)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		return problem(response)
	}
	if result == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(result)
}

// problem returns what a problem document (RFC 9457) of the console states.
func problem(response *http.Response) error {
	var document struct {
		Detail string
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(response.Body).Decode(&document); err != nil {
		return errors.New(response.Status)
	}
	text := document.Detail
	for _, field := range document.Errors {
		text += "\n" + field.Message
	}
	return errors.New(text)
}

func command() (string, []string) {
	if words := strings.Fields(os.Getenv("SCIMULATOR_COMMAND")); len(words) > 0 {
		return words[0], words[1:]
	}
	if path, err := exec.LookPath("scimulator"); err == nil {
		return path, nil
	}
	return "npx", []string{"--yes", "scimulator"}
}
