using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.AspNetCore.Security.Sql;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;
using Xunit;

namespace SkyTree.Web.Tests.Security;

public sealed class SqlAuthenticatorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("skytree-test-");

    private string Connection => $"Data Source={Path.Combine(_folder.FullName, "users.db")};Pooling=False";

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_user_of_the_database_is_admitted_with_its_groups_and_a_name_is_a_value_alone()
    {
        using (SqliteConnection connection = new(Connection))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE mqtt_users (user_name TEXT, password_hash TEXT, user_groups TEXT); INSERT INTO mqtt_users VALUES ('ada', @hash, 'meters; valves'), ('broken', 'plain', NULL)";
            command.Parameters.AddWithValue("@hash", PasswordHash.Create("secret"u8).Format());
            command.ExecuteNonQuery();
        }

        AuthenticationRequest request = Request("ada", "secret");
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(request));
        Assert.Equal(["meters", "valves"], request.Grant!.Groups);
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request("ada", "wrong")));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request("broken", "plain")));
        Assert.Equal(AuthenticationVerdict.Abstain, await TryAsync(Request("nobody", "secret")));
        Assert.Equal(AuthenticationVerdict.Abstain, await TryAsync(Request("' OR 1=1 --", "secret")));
    }

    [Fact]
    public async Task A_database_that_fails_admits_nobody() =>
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(Request("ada", "secret")));

    private static AuthenticationRequest Request(string userName, string password) => new()
    {
        ClientId = "c1",
        UserName = userName,
        Password = Encoding.UTF8.GetBytes(password),
        Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits()),
    };

    private async Task<AuthenticationVerdict> TryAsync(AuthenticationRequest request)
    {
        SqlOptions options = new() { Provider = SqlProvider.Sqlite, Connection = Connection };
        using SqlAuthenticator authenticator = new(options, new PasswordOptions(), TimeProvider.System, NullLogger<SqlAuthenticator>.Instance);
        return await authenticator.AuthenticateAsync(request, default);
    }
}
