using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace SkyTree.Store.Redis.Server;

/// <summary>Turns what the client library throws into one line that names the server.</summary>
internal sealed class RedisErrors(IEnumerable<EndPoint> endPoints, TimeSpan operationTimeout)
{
    /// <summary>Names the servers, without user and password.</summary>
    public string Servers { get; } = string.Join(", ", endPoints.Select(NameOf));

    public static string NameOf(EndPoint? endPoint) => endPoint switch
    {
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        null => "?",
        _ => endPoint.ToString()!,
    };

    /// <summary>
    /// Whether a server or a connection is to blame. The library has no common base for that: when a connection dies while a
    /// command is written or an answer read, whatever its pipes, sockets and parsers throw comes through, also as an
    /// InvalidOperationException, an ArgumentException or a cancellation. What it is called with is the store's own.
    /// </summary>
    /// <param name="exception">What a call ended with.</param>
    /// <param name="cancellationToken">What the call could be cancelled with.</param>
    public static bool IsRedis(Exception exception, CancellationToken cancellationToken) =>
        !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested);

    /// <summary>Whether the server answered that it does not want this user: trying again changes nothing.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
        || (exception is RedisServerException server && IsRefusal(server.Message))
        || (exception.InnerException is { } inner && IsRefusal(inner));

    public RedisStoreException CannotOpen(Exception exception, TimeSpan timeout) => new(
        IsRefusal(exception)
            ? $"Redis at {Servers} refuses the user or the password."
            : string.Create(CultureInfo.InvariantCulture, $"Redis at {Servers} cannot be reached within {timeout.TotalSeconds} s: {Reason(exception)}."),
        exception);

    public RedisStoreException Failed(Exception exception) => new($"Redis at {Servers}: {Reason(exception)}.", exception);

    public RedisStoreException NoConnection() => new($"Redis at {Servers}: no connection.");

    private string Reason(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case SocketException socket:
                    return socket.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : OneLine(socket.Message);
                case RedisServerException server:
                    return OneLine(server.Message);
                case RedisCommandException command:
                    return OneLine(command.Message);
                case RedisTimeoutException:
                    return string.Create(CultureInfo.InvariantCulture, $"no answer within {operationTimeout.TotalSeconds} s");
                case System.Security.Authentication.AuthenticationException tls:
                    return OneLine(tls.Message);
            }
        }

        return exception is RedisConnectionException { FailureType: not ConnectionFailureType.None } connection
            ? $"no connection ({connection.FailureType})"
            : "no connection";
    }

    private static bool IsRefusal(string answer) =>
        answer.StartsWith("WRONGPASS", StringComparison.Ordinal)
        || answer.StartsWith("NOAUTH", StringComparison.Ordinal)
        || answer.StartsWith("ERR invalid password", StringComparison.Ordinal);

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}
