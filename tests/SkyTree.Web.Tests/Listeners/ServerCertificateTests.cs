using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Core.Listeners;
using Xunit;

namespace SkyTree.Web.Tests.Listeners;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly FakeTimeProvider _time = new();
    private readonly LogLines _log = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void Broken_files_are_reported_once_and_the_old_ones_kept()
    {
        using ServerCertificate certificate = Load("server");
        _certificates.Write("server.pem", "broken");
        LookTwice();
        Assert.Equal("CN=server", Subject(certificate));
        Assert.StartsWith("Error SkyTree:Listeners:tls: the new certificate ", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_gone_are_reported_once_and_the_old_ones_kept()
    {
        using ServerCertificate certificate = Load("server");
        File.Delete(Path.Combine(Path.GetDirectoryName(_certificates.AuthorityPath)!, "server.key"));
        LookTwice();
        Assert.Equal("CN=server", Subject(certificate));
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void A_certificate_whose_key_comes_later_is_taken_when_it_has_come()
    {
        using ServerCertificate certificate = Load("server");
        using X509Certificate2 renewed = _certificates.Issue("CN=renewed", forServer: true);
        _certificates.Write("server.pem", renewed.ExportCertificatePem());
        LookTwice();
        Assert.Equal("CN=server", Subject(certificate));
        _certificates.Write("server.key", renewed.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        LookTwice();
        Assert.Equal("CN=renewed", Subject(certificate));
        Assert.StartsWith("Information ", _log.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_stay_the_same_are_not_reported()
    {
        using ServerCertificate certificate = Load("server");
        LookTwice();
        Assert.Empty(_log.Lines);
    }

    private static string Subject(ServerCertificate certificate) => certificate.ForHandshake().ServerCertificateContext!.TargetCertificate.Subject;

    private ServerCertificate Load(string name)
    {
        string server = _certificates.WriteServer(name);
        ConfigurationErrors errors = new();
        ServerCertificate? certificate = ServerCertificate.TryLoad(
            "SkyTree:Listeners:tls",
            new ListenerOptions { Kind = ListenerKind.Tls, Certificate = new CertificateOptions { Path = server + ".pem", KeyPath = server + ".key" } },
            _time,
            errors);
        Assert.Empty(errors.Lines);
        certificate!.LogTo(_log);
        return certificate;
    }

    private void LookTwice()
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(10));
    }

    private sealed class LogLines : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Lines.Add($"{logLevel} {formatter(state, exception)}");
    }
}
