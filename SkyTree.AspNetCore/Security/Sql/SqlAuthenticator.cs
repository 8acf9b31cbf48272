using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;

namespace SkyTree.AspNetCore.Security.Sql;

/// <summary>Admits users whose password's hash is in a database. A name that is not there is checked as long as one that is, and left to others.</summary>
internal sealed class SqlAuthenticator(SqlOptions options, PasswordOptions passwords, TimeProvider time, ILogger<SqlAuthenticator> logger) : IAuthenticator, IDisposable
{
    private static readonly PasswordHash s_nobody = PasswordHash.Unmatchable();

    private readonly DbProviderFactory _provider = options.Provider switch
    {
        SqlProvider.MySql => MySqlConnectorFactory.Instance,
        SqlProvider.PostgreSql => NpgsqlFactory.Instance,
        _ => SqliteFactory.Instance,
    };

    private readonly string _connection = options.ConnectionText();
    private readonly PasswordChecker _passwords = new(passwords, time);
    private readonly Turns _turns = new(options.Concurrency, options.MaximumWaiting);

    public void Dispose() => _turns.Dispose();

    public async ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (request.UserName is not { Length: > 0 } name || request.Password is not { Length: > 0 and <= PasswordHash.LongestPassword } password)
        {
            return AuthenticationVerdict.Abstain;
        }

        byte[] copy = password.ToArray(); // the buffer is not ours once anything waits
        (string? Text, string Groups)? row;
        if (!await _turns.TryEnterAsync(cancellationToken))
        {
            return AuthenticationVerdict.Unavailable;
        }

        try
        {
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(options.TimeoutSeconds));

            // SQLite knows no waiting without a thread: not on the thread of a socket.
            row = await Task.Run(() => FindAsync(name, request.ClientId, patience.Token), patience.Token);
        }
        catch (Exception exception) when (exception is DbException or OperationCanceledException or InvalidOperationException or TimeoutException)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                Log.SqlFailed(logger, exception.Message);
            }

            return AuthenticationVerdict.Unavailable;
        }
        finally
        {
            _turns.Leave();
        }

        PasswordHash? hash = PasswordHash.TryParse(row?.Text, out PasswordHash? parsed, out _) ? parsed : null;
        PasswordCheck check = await _passwords.CheckAsync(hash ?? s_nobody, copy, cancellationToken);
        if (check == PasswordCheck.NotChecked)
        {
            return AuthenticationVerdict.Unavailable;
        }

        if (row is not { } found)
        {
            return AuthenticationVerdict.Abstain;
        }

        if (hash is null)
        {
            Log.SqlFailed(logger, "the password of a user is in no form that is known");
        }

        if (check != PasswordCheck.Right || hash is null)
        {
            return AuthenticationVerdict.Refuse;
        }

        request.Grant = new ClientGrant { Groups = found.Groups.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) };
        return AuthenticationVerdict.Admit;
    }

    [SuppressMessage("Security", "CA2100", Justification = "The query is the operator's; what a client sends is a parameter.")]
    private async Task<(string? Text, string Groups)?> FindAsync(string userName, string clientId, CancellationToken cancellationToken)
    {
        await using DbConnection connection = _provider.CreateConnection()!;
        connection.ConnectionString = _connection;
        await connection.OpenAsync(cancellationToken);
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = options.Query;
        command.CommandTimeout = options.TimeoutSeconds;
        foreach ((string parameter, string value) in (ReadOnlySpan<(string, string)>)[("@username", userName), ("@clientid", clientId)])
        {
            DbParameter added = command.CreateParameter();
            added.ParameterName = parameter;
            added.Value = value;
            command.Parameters.Add(added);
        }

        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (await reader.IsDBNullAsync(0, cancellationToken) ? null : Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture),
                reader.FieldCount > 1 && !await reader.IsDBNullAsync(1, cancellationToken) ? Convert.ToString(reader.GetValue(1), System.Globalization.CultureInfo.InvariantCulture)! : "")
            : null;
    }
}
