using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.AspNetCore.Security.Http;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Web.Tests.Security;

public sealed class HttpAuthenticatorTests
{
    [Theory]
    [InlineData(200, """{"result":"allow","userName":"ada","groups":["g"],"acl":{"all":["a/#"]}}""", nameof(AuthenticationVerdict.Admit))]
    [InlineData(200, """{"result":"deny"}""", nameof(AuthenticationVerdict.Refuse))]
    [InlineData(200, """{"result":"ignore"}""", nameof(AuthenticationVerdict.Abstain))]
    [InlineData(200, """{"result":"maybe"}""", nameof(AuthenticationVerdict.Unavailable))]
    [InlineData(200, """{"result":"allow","acl":"all"}""", nameof(AuthenticationVerdict.Unavailable))]
    [InlineData(200, "allow", nameof(AuthenticationVerdict.Unavailable))]
    [InlineData(200, "[]", nameof(AuthenticationVerdict.Unavailable))]
    [InlineData(500, """{"result":"allow"}""", nameof(AuthenticationVerdict.Unavailable))]
    [InlineData(302, """{"result":"allow"}""", nameof(AuthenticationVerdict.Unavailable))]
    public async Task Only_a_clear_answer_admits(int status, string answer, string verdict)
    {
        var expected = Enum.Parse<AuthenticationVerdict>(verdict);
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        Task<string> served = ServeAsync(service, $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nLocation: /\r\nContent-Length: {Encoding.UTF8.GetByteCount(answer)}\r\nConnection: close\r\n\r\n{answer}");
        using HttpAuthenticator authenticator = Authenticator(service);
        AuthenticationRequest request = Request();

        Assert.Equal(expected, await authenticator.AuthenticateAsync(request, default));
        JsonElement asked = JsonDocument.Parse(await served).RootElement;
        Assert.Equal(("c1", "u1", "pässword"), (asked.GetProperty("clientId").GetString(), asked.GetProperty("userName").GetString(), asked.GetProperty("password").GetString()));
        if (expected == AuthenticationVerdict.Admit)
        {
            Assert.Equal("ada", request.Grant!.UserName);
            Assert.Equal(2, request.Grant.Rules.Count);
        }
    }

    [Fact]
    public async Task A_service_that_is_silent_or_away_admits_nobody()
    {
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        using HttpAuthenticator authenticator = Authenticator(service);
        Assert.Equal(AuthenticationVerdict.Unavailable, await authenticator.AuthenticateAsync(Request(), default));
        service.Stop();
        Assert.Equal(AuthenticationVerdict.Unavailable, await authenticator.AuthenticateAsync(Request(), default));
    }

    [Fact]
    public async Task More_questions_than_may_wait_are_not_asked()
    {
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        using HttpAuthenticator authenticator = Authenticator(service, concurrency: 1, waiting: 1);
        Task<AuthenticationVerdict>[] asked = [.. Enumerable.Range(0, 2).Select(_ => authenticator.AuthenticateAsync(Request(), default).AsTask())];
        ValueTask<AuthenticationVerdict> third = authenticator.AuthenticateAsync(Request(), default);
        Assert.True(third.IsCompleted);
        Assert.Equal(AuthenticationVerdict.Unavailable, await third);
        await Task.WhenAll(asked);
    }

    private static HttpAuthenticator Authenticator(TcpListener service, int concurrency = 8, int waiting = 8) => new(
        new HttpAuthenticationOptions
        {
            Url = $"http://127.0.0.1:{((IPEndPoint)service.LocalEndpoint).Port}/auth",
            TimeoutMilliseconds = 500,
            Concurrency = concurrency,
            MaximumWaiting = waiting,
        },
        NullLogger<HttpAuthenticator>.Instance);

    private static AuthenticationRequest Request() => new()
    {
        ClientId = "c1",
        UserName = "u1",
        Password = Encoding.UTF8.GetBytes("pässword"),
        RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits()),
    };

    /// <summary>Takes one request and answers.</summary>
    /// <returns>The request's body.</returns>
    private static async Task<string> ServeAsync(TcpListener service, string answer)
    {
        using Socket client = await service.AcceptSocketAsync();
        StringBuilder request = new();
        byte[] buffer = new byte[4096];
        while (true)
        {
            request.Append(Encoding.UTF8.GetString(buffer, 0, await client.ReceiveAsync(buffer)));
            string text = request.ToString();
            int body = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (body > 0 && text.EndsWith('}'))
            {
                await client.SendAsync(Encoding.UTF8.GetBytes(answer));
                return text[(body + 4)..];
            }
        }
    }
}
