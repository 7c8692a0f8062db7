# Mail::DKIM as a process: signs, seals and verifies as JSON Lines on stdin ask for (see README.md).

use strict;
use warnings;

use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64);
use Mail::DKIM;
use Mail::DKIM::ARC::Signer;
use Mail::DKIM::ARC::Verifier;
use Mail::DKIM::DkSignature;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signature;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

# A resolver that knows only the keys of the request.
package KnownKeys {
    sub new {
        my ($class, $keys) = @_;
        my %records = map { lc($_) => $keys->{$_} } keys %$keys;
        return bless { records => \%records }, $class;
    }

    sub send {
        my ($self, $name, $type) = @_;
        my $packet = Net::DNS::Packet->new($name, $type);
        my $record = $self->{records}{ lc $name };
        $packet->header->rcode(defined $record ? 'NOERROR' : 'NXDOMAIN');
        if (defined $record) {
            my @strings = $record =~ /(.{1,255})/gs;
            $packet->push(
                answer => Net::DNS::RR->new(name => $name, type => 'TXT', ttl => 60, txtdata => \@strings));
        }
        return $packet;
    }

    sub errorstring { return 'NXDOMAIN' }
}

# One answer per DKIM-Signature or DomainKey-Signature field, top first.
sub verify {
    my ($message, $request) = @_;
    my $wants_domainkeys = $request->{protocol} eq 'domainkeys';
    Mail::DKIM::DNS::resolver(KnownKeys->new($request->{keys}));
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT($message);
    $verifier->CLOSE;
    return [
        map { { pass => $_->result eq 'pass' ? JSON::PP::true : JSON::PP::false, why => $_->result_detail } }
        grep { $_->isa('Mail::DKIM::DkSignature') == $wants_domainkeys } $verifier->signatures
    ];
}

# The verdict on the ARC chain.
sub verify_chain {
    my ($message, $request) = @_;
    Mail::DKIM::DNS::resolver(KnownKeys->new($request->{keys}));
    my $verifier = Mail::DKIM::ARC::Verifier->new;
    $verifier->PRINT($message);
    $verifier->CLOSE;
    my $result = $verifier->result;
    return (
        chain => $result =~ /^(?:pass|none)$/ ? $result : 'fail',
        why => $verifier->result_detail,
    );
}

sub private_key {
    my ($request) = @_;
    (my $key = $request->{privateKey}) =~ s/-----[^-]*-----|\s//g;
    return Mail::DKIM::PrivateKey->load(Data => $key);
}

# The three fields of the next ARC set, CRLF included.
sub seal {
    my ($message, $request) = @_;
    my $signer = Mail::DKIM::ARC::Signer->new(
        Algorithm => $request->{algorithm},
        Chain => 'ar',
        Domain => $request->{domain},
        Key => private_key($request),
        Selector => $request->{selector},
        SrvId => $request->{authservId},
        Timestamp => $request->{timestamp},
    );
    $signer->PRINT($message);
    $signer->CLOSE;
    return (refused => $signer->{details}) unless $signer->{result} eq 'sealed';
    return (field => encode_base64($signer->as_string, ''));
}

# The field, CRLF included.
sub sign {
    my ($message, $request) = @_;
    my %signature = (
        Algorithm => $request->{algorithm},
        Method => $request->{canonicalization},
        Domain => $request->{domain},
        Selector => $request->{selector},
        Key => private_key($request),
        Headers => $request->{headers} && join(':', @{ $request->{headers} }),
    );
    if ($request->{protocol} eq 'domainkeys') {
        my %field = %signature;
        $signature{Policy} = sub {
            my ($signer) = @_;
            $signer->add_signature(Mail::DKIM::DkSignature->new(%field));
            return;
        };
    }
    my $signer = Mail::DKIM::Signer->new(%signature);
    $signer->PRINT($message);
    $signer->CLOSE;
    return $signer->signature->as_string . "\r\n";
}

my @algorithms = grep { Mail::DKIM::Signature->new->get_algorithm_class($_) }
    qw(rsa-sha256 ed25519-sha256);
$| = 1;
my $json = JSON::PP->new->ascii->canonical;
print $json->encode({ peer => "Mail::DKIM $Mail::DKIM::VERSION", algorithms => \@algorithms }), "\n";
while (my $line = <STDIN>) {
    my $request = $json->decode($line);
    my $message = decode_base64($request->{message});
    my %answer = (id => $request->{id});
    $request->{protocol} //= 'dkim';
    my $is_arc = $request->{protocol} eq 'arc';
    if (defined $request->{privateKey}) {
        # rsa-sha1 for DomainKeys alone
        my $known = grep { $_ eq $request->{algorithm} } @algorithms,
            $request->{protocol} eq 'domainkeys' ? 'rsa-sha1' : ();
        if (!$known) { $answer{refused} = 'unsupported algorithm' }
        elsif ($is_arc) { %answer = (%answer, seal($message, $request)) }
        else { $answer{field} = encode_base64(sign($message, $request), '') }
    }
    elsif ($is_arc) {
        %answer = (%answer, verify_chain($message, $request));
    }
    else {
        $answer{results} = verify($message, $request);
    }
    print $json->encode(\%answer), "\n";
}
